//! Pictures as a camera's sensor takes them with too little light.

use super::dice::Dice;

/// A sensor.
pub struct Sensor {
    /// Electrons of a pixel at full light.
    pub electrons: f64,
    /// Deviation of what it reads, in electrons, without any light.
    pub read_noise: f64,
}

impl Sensor {
    /// 8-bit `values` (gamma 2.2) taken with `stops` fewer of light and made as bright again, with the noise of it.
    pub fn brightened(&self, values: &[u8], stops: i32, dice: &mut Dice) -> Vec<u8> {
        let full = self.electrons / 2f64.powi(stops);
        let lights: Vec<f64> = (0..=255).map(light).collect();
        let noisy = values.iter().map(|&value| {
            let electrons = lights[usize::from(value)] * full;
            let noise = (electrons + self.read_noise.powi(2)).sqrt();
            shown((electrons + dice.normal() * noise) / full)
        });
        noisy.collect()
    }
}

/// Light for a value, at a gamma of 2.2, and back.
fn light(value: u8) -> f64 {
    (f64::from(value) / 255.0).powf(2.2)
}

fn shown(light: f64) -> u8 {
    (255.0 * light.clamp(0.0, 1.0).powf(1.0 / 2.2)).round() as u8
}

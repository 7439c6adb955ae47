//! A clip: a sitter, a script, and what a camera adds.

use anyhow::Result;

use super::item::{Item, Kind};
use aliyarface_labs::dice::Dice;
use aliyarface_labs::rig::{POINTS, Rig};
use aliyarface_labs::sitter::{Pose, Sitter};

/// Values of noise that a clip makes.
const GRAIN: usize = 1_000_003;

/// What the camera and the head do all the time.
pub struct CameraNoise {
    /// Degrees of sway, and seconds it takes.
    sway: [f64; 2],
    periods: [f64; 3],
    /// Part of the light that drifts, and that flickers from frame to frame.
    drift: f64,
    flicker: f64,
    /// Deviation of a pixel's noise in grey levels.
    noise: f64,
}

/// A clip in the making.
pub struct Clip<'a> {
    pub sitter: &'a Sitter,
    pub rig: &'a Rig,
    pub items: Vec<Item>,
    unrest: CameraNoise,
    /// Normal noise, begun elsewhere on each frame.
    grain: Vec<f32>,
    dice: Dice,
}

impl<'a> Clip<'a> {
    pub fn new(sitter: &'a Sitter, rig: &'a Rig, items: Vec<Item>, mut dice: Dice) -> Self {
        Self {
            sitter,
            rig,
            items,
            unrest: CameraNoise {
                sway: [dice.between(0.5, 2.0), dice.between(0.3, 1.2)],
                periods: [0; 3].map(|_| dice.between(3.0, 7.0)),
                drift: dice.between(0.0, 0.06),
                flicker: dice.between(0.0, 0.008),
                noise: dice.between(1.0, 2.5),
            },
            grain: (0..GRAIN).map(|_| dice.normal() as f32).collect(),
            dice,
        }
    }

    /// The RGB bytes of the frame at `time` seconds.
    pub fn frame(&mut self, time: f64) -> Result<Vec<u8>> {
        let mut moves = vec![[0.0; 3]; POINTS];
        let mut shading = vec![0.0; POINTS];
        let wave = |period: f64| (time * std::f64::consts::TAU / period).sin();
        let [first, second, third] = self.unrest.periods;
        let mut turn = [
            self.unrest.sway[0] * wave(first),
            self.unrest.sway[1] * wave(second),
        ];
        for item in &self.items {
            let level = if self.rig.is_drawn {
                item.part(time)
            } else {
                item.level(time)
            };
            let level = level * item.amplitude;
            if level == 0.0 {
                continue;
            }
            if item.kind == Kind::Head {
                turn[0] += level;
                turn[1] += level * 0.4;
            }
            for muscle in item.muscles() {
                let pulls = self.rig.moves(&muscle)?;
                for ((moves, shade), pull) in moves.iter_mut().zip(&mut shading).zip(pulls) {
                    let length = pull.iter().map(|part| part * part).sum::<f64>().sqrt();
                    *shade += item.shading * level * length / self.rig.eyes;
                    for (moves, pull) in moves.iter_mut().zip(pull) {
                        *moves += level * pull;
                    }
                }
            }
        }
        let unit = self.sitter.eyes / 100.0;
        let pose = Pose {
            moves: &moves,
            shading: &shading,
            turn,
            irises: [0.0; 2],
            shift: [2.5 * unit * wave(second * 1.3), 2.0 * unit * wave(third)],
        };
        let picture = self.sitter.posed(self.rig, &pose);
        let CameraNoise {
            drift,
            flicker,
            noise,
            ..
        } = self.unrest;
        let light = 1.0 + drift * wave(third * 1.7) + flicker * self.dice.normal();
        let (light, noise) = (light as f32, noise as f32);
        let mut grain = self.grain.iter().cycle();
        let start = self.dice.between(0.0, self.grain.len() as f64) as usize;
        let grain = grain.by_ref().skip(start);
        let seen = picture.into_iter().zip(grain).map(|(value, grain)| {
            let value = value * light + noise * grain;
            value.round().clamp(0.0, 255.0) as u8
        });
        Ok(seen.collect())
    }
}

//! Numbers that look random and are the same on every run; the laboratories share them.

/// A generator of its seed alone, which is not 0.
pub struct Dice(pub u64);

impl Dice {
    /// A generator whose numbers have nothing to do with those of the seeds beside `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Evenly spread in `from..to` (xorshift64*, Vigna 2016).
    pub fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Nearly normal with deviation 1: the sum of eight bytes of chance.
    pub fn normal(&mut self) -> f64 {
        let bytes = self.bits().to_le_bytes();
        let sum: u32 = bytes.iter().map(|&byte| u32::from(byte)).sum();
        (f64::from(sum) - 8.0 * 127.5) / (8f64.sqrt() * 73.9)
    }

    /// One of `things`, of which there are some.
    pub fn one_of<T: Copy>(&mut self, things: &[T]) -> T {
        things[self.below(things.len())]
    }

    /// A number below `count`.
    pub fn below(&mut self, count: usize) -> usize {
        self.between(0.0, count as f64) as usize
    }

    fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
}

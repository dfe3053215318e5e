//! Shapes; the application knows this package under another name.

/// A polygon with equal sides.
pub struct Polygon {
    sides: u32,
    side: u64,
}

impl Polygon {
    pub fn new(sides: u32, side: u64) -> Self {
        Self { sides, side }
    }

    pub fn perimeter(&self) -> u64 {
        units::exact(u64::from(self.sides) * self.side)
    }
}

/// Nothing that is cached uses it.
pub struct Circle {
    pub radius: u64,
}

impl Circle {
    pub fn diameter(&self) -> u64 {
        2 * self.radius
    }
}

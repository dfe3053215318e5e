//! Methods of types.

mod extension;

use larder::cache;

pub struct Meter {
    pub n: u64,
}

impl Meter {
    const STEP: u64 = 2;
    pub const SPARE: u64 = 3;

    pub fn new(n: u64) -> Self {
        Self { n }
    }

    pub fn read(&self) -> u64 {
        self.n + Self::STEP + self.raw()
    }

    fn raw(&self) -> u64 {
        Self::adjust(self.n)
    }

    fn adjust(n: u64) -> u64 {
        n + 301
    }

    pub fn idle(&self) -> u64 {
        302
    }
}

pub struct Gauge {
    n: u64,
}

impl Gauge {
    pub fn new(n: u64) -> Self {
        Self { n }
    }

    pub fn read(&self) -> u64 {
        self.n * 7
    }
}

#[cache]
pub fn meters(x: u64) -> u64 {
    Meter::new(x).read()
}

#[cache]
pub fn gauges(x: u64) -> u64 {
    Gauge::new(x).read()
}

#[cache]
pub fn extended(meter: Meter) -> u64 {
    meter.extra()
}

pub struct Engine {
    part: Part,
}

pub struct Part;

impl Part {
    pub fn run(&self) -> u64 {
        303
    }

    pub fn halt(&self) -> u64 {
        304
    }
}

fn factory() -> Engine {
    Engine { part: Part }
}

#[cache]
pub fn chained() -> u64 {
    factory().part.run()
}

pub struct Scale {
    pub factor: u64,
}

#[cache]
impl Scale {
    #[cache]
    pub fn weigh(&self, x: u64) -> u64 {
        self.factor * x + self.bias()
    }

    fn bias(&self) -> u64 {
        305
    }

    #[cache]
    pub fn net(x: u64) -> u64 {
        x + Self::TARE
    }

    const TARE: u64 = 306;
}

//! Functions that other packages have a part in.

use larder::cache;
use shapes::Polygon;
use units::Length;

#[cache]
pub fn perimeter(n: u64) -> u64 {
    Polygon::new(5, n).perimeter()
}

#[cache]
pub fn convert(n: u64) -> u64 {
    units::to_base(n)
}

#[cache]
pub fn join(n: u64) -> u64 {
    let length = Length(n) + Length(1);
    units::twice!(length.0)
}

#[cache]
pub fn reach(n: u64) -> u64 {
    n.min(units::largest())
}

#[cache]
pub fn cut(n: u64) -> u64 {
    stencil::cut!(n)
}

#[cache]
pub fn export(n: u64) -> String {
    itoa::Buffer::new().format(gauges::read(n)).to_owned()
}

/// Nothing that is cached uses it.
pub fn washer() -> u64 {
    washers::width()
}

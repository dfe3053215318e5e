//! The shapes of types.

use larder::cache;

#[derive(Clone, Debug)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

#[cache]
pub fn makes_point(x: f64) -> Point {
    Point { x, y: x }
}

pub struct Pair(pub u64, pub u32);

#[cache]
pub fn takes_pair(pair: Pair) -> u64 {
    pair.0
}

pub enum Level {
    Low,
    High,
}

#[cache]
pub fn levels(x: u64) -> Level {
    if x > 3 { Level::High } else { Level::Low }
}

pub enum Color {
    Red,
    Green { depth: u64 },
}

#[cache]
pub fn globbed(x: u64) -> u64 {
    use Color::*;
    let color = if x > 4 { Red } else { Green { depth: x } };
    match color {
        Red => 0,
        Green { depth } => depth,
    }
}

const BASE: isize = 5;

#[derive(Clone, Copy)]
pub enum Code {
    First = BASE,
    Second,
}

#[cache]
pub fn discriminant() -> u64 {
    Code::Second as u64
}

pub struct Wrapper<T> {
    pub value: T,
}

pub struct Payload {
    pub bytes: Vec<u8>,
}

#[cache]
pub fn wraps(x: u8) -> Wrapper<Payload> {
    Wrapper { value: Payload { bytes: vec![x] } }
}

pub struct Tree {
    pub left: Leaf,
    pub right: Option<Box<Tree>>,
}

pub struct Leaf {
    pub weight: u64,
}

#[cache]
pub fn nests(tree: &Tree) -> u64 {
    tree.left.weight
}

/// Only its first field is named in code.
pub struct Packet {
    pub id: u64,
    pub flags: u8,
    pub rest: Vec<u8>,
}

#[cache]
pub fn unpacks(packet: &Packet) -> u64 {
    packet.id
}

pub struct Unreached {
    pub x: f64,
}

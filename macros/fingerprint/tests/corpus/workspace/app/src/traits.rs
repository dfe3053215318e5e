//! Traits, their impls and what bounds reach.

use larder::cache;

pub trait Area {
    fn area(&self) -> u64;

    fn doubled(&self) -> u64 {
        self.area() * 2
    }
}

pub struct Square(pub u64);

impl Area for Square {
    fn area(&self) -> u64 {
        self.0 * self.0 + 401
    }
}

pub struct Circle(pub u64);

impl Area for Circle {
    fn area(&self) -> u64 {
        self.0 * self.0 * 3 + 402
    }
}

#[cache]
pub fn square_area(x: u64) -> u64 {
    Square(x).area()
}

#[cache]
pub fn square_doubled(x: u64) -> u64 {
    Square(x).doubled()
}

pub trait Measured {
    const SIDES: u64;
    type Unit;

    fn unit(&self) -> Self::Unit;
}

pub struct Hexagon;

impl Measured for Hexagon {
    const SIDES: u64 = 6;
    type Unit = u16;

    fn unit(&self) -> u16 {
        403
    }
}

#[cache]
pub fn sides() -> u64 {
    <Hexagon as Measured>::SIDES
}

#[cache]
pub fn units() -> <Hexagon as Measured>::Unit {
    Hexagon.unit()
}

pub trait Sound {
    fn pitch(&self) -> u64;
}

pub struct Dog;

impl Sound for Dog {
    fn pitch(&self) -> u64 {
        404
    }
}

pub struct Cat;

impl Sound for Cat {
    fn pitch(&self) -> u64 {
        405
    }
}

#[cache]
pub fn bounded<S: Sound>(sound: S) -> u64 {
    sound.pitch()
}

pub trait Weight {
    fn grams(&self) -> u64;
}

pub trait Heavy: Weight {}

pub struct Rock;

impl Weight for Rock {
    fn grams(&self) -> u64 {
        406
    }
}

impl Heavy for Rock {}

#[cache]
pub fn heavies<T>(thing: T) -> u64
where
    T: Heavy,
{
    thing.grams()
}

pub trait Plan {
    fn cost(&self) -> u64;
}

pub struct Cheap;

impl Plan for Cheap {
    fn cost(&self) -> u64 {
        407
    }
}

fn all_plans() -> Vec<Box<dyn Plan>> {
    crate::traits::hidden::plans()
}

pub mod hidden {
    use super::{Cheap, Plan};

    pub fn plans() -> Vec<Box<dyn Plan>> {
        vec![Box::new(Cheap)]
    }
}

#[cache]
pub fn dynamic() -> u64 {
    all_plans().iter().map(|plan| plan.cost()).sum()
}

pub trait Total {
    fn total(&self) -> u64;
}

pub struct Coin(pub u64);
pub struct Note(pub u64);

impl Total for Vec<Coin> {
    fn total(&self) -> u64 {
        self.iter().map(|coin| coin.0 + 408).sum()
    }
}

impl Total for Vec<Note> {
    fn total(&self) -> u64 {
        self.iter().map(|note| note.0 + 409).sum()
    }
}

#[cache]
pub fn coins(coins: Vec<Coin>) -> u64 {
    coins.total()
}

pub trait Shout {
    fn shout(&self) -> u64;
}

impl<T: Into<u64> + Copy> Shout for T {
    fn shout(&self) -> u64 {
        (*self).into() + 411
    }
}

#[cache]
pub fn shouts(x: u32) -> u64 {
    x.shout()
}

pub trait ClampLow {
    fn clamp_low(&self) -> u64;
}

impl ClampLow for u64 {
    fn clamp_low(&self) -> u64 {
        (*self).max(410)
    }
}

#[cache]
pub fn clamps(x: u64) -> u64 {
    x.clamp_low()
}

//! Long ways from a call to the code that runs.

mod apart;
#[cfg(unix)]
#[path = "deeper/here.rs"]
mod system;
#[cfg(not(unix))]
#[path = "deeper/there.rs"]
mod system;

use std::future::Future;
use std::iter::Sum;
use std::ops::Index;
use std::pin::Pin;
use std::task::{Context, Poll};

use alpha::shapes::{Run, Solid, run};
use larder::cache;

pub trait Describe {
    fn describe(&self) -> u64;
}

impl<T> Describe for Option<T> {
    fn describe(&self) -> u64 {
        1601
    }
}

#[cache]
pub fn on_foreign_generic(x: u64) -> u64 {
    Some(x).describe()
}

pub struct Pixel(pub u8);

pub trait Paint {
    fn paint(&self) -> u64;
}

impl Paint for [Pixel] {
    fn paint(&self) -> u64 {
        1602
    }
}

#[cache]
pub fn on_slice(pixels: Vec<Pixel>) -> u64 {
    pixels[..].paint()
}

pub trait Mix {
    fn mix(&self) -> u64;
}

impl Mix for (Pixel, u8) {
    fn mix(&self) -> u64 {
        1603
    }
}

#[cache]
pub fn by_trait_path(x: u8) -> u64 {
    Mix::mix(&(Pixel(x), x))
}

pub trait Low {
    fn low(&self) -> u64;
}

pub trait High: Low {
    fn high(&self) -> u64 {
        self.low() * 2
    }
}

pub struct Tower;

impl Low for Tower {
    fn low(&self) -> u64 {
        1604
    }
}

impl High for Tower {}

#[cache]
pub fn through_supertrait() -> u64 {
    Tower.high()
}

macro_rules! make_macro {
    ($name:ident) => {
        macro_rules! $name {
            ($x:expr) => {
                in_made_macro($x)
            };
        }
    };
}

make_macro!(made);

fn in_made_macro(x: u64) -> u64 {
    x + 1605
}

#[cache]
pub fn by_made_macro(x: u64) -> u64 {
    made!(x)
}

#[pm::traced]
fn traced_callee(x: u64) -> u64 {
    x + 1606
}

#[cache]
pub fn by_attribute_macro(x: u64) -> u64 {
    traced_callee(x)
}

pub struct Lexer(u64);

pub struct Lexeme(u64);

impl Iterator for Lexer {
    type Item = Lexeme;

    fn next(&mut self) -> Option<Lexeme> {
        self.0 = self.0.checked_sub(1)?;
        Some(Lexeme(self.0))
    }
}

impl Lexeme {
    pub fn kind(&self) -> u64 {
        self.0 + 1607
    }

    pub fn span(&self) -> u64 {
        self.0 + 1608
    }
}

#[cache]
pub fn over_items(x: u64) -> u64 {
    Lexer(x).map(|lexeme| lexeme.kind()).sum()
}

#[cache]
pub fn displays_foreign(x: u64) -> String {
    Solid::new(x).to_string()
}

pub struct Engine;

impl Run for Engine {
    fn start(&self) -> u64 {
        1609
    }
}

#[cache]
pub fn called_back() -> u64 {
    run(&Engine)
}

macro_rules! apply {
    ($function:path, $x:expr) => {
        $function($x)
    };
}

fn applied(x: u64) -> u64 {
    x + 1610
}

#[cache]
pub fn by_path_argument(x: u64) -> u64 {
    apply!(crate::deeper::applied, x)
}

#[cache]
pub fn by_word_argument(x: u64) -> u64 {
    apply!(applied_too, x)
}

fn applied_too(x: u64) -> u64 {
    x + 1611
}

#[cache]
pub fn of_system(x: u64) -> u64 {
    system::call(x)
}

macro_rules! load {
    ($name:literal) => {
        include_str!(concat!("../data/", $name))
    };
}

#[cache]
pub fn by_including_macro() -> usize {
    load!("loaded.txt").len()
}

pub struct Row(Vec<u64>);

impl Index<usize> for Row {
    type Output = u64;

    fn index(&self, at: usize) -> &u64 {
        &self.0[at / 2]
    }
}

#[cache]
pub fn indexes(cells: Vec<u64>) -> u64 {
    Row(cells)[2]
}

pub struct Cost(pub u64);

impl Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        Self(costs.map(|cost| cost.0 + 1612).sum())
    }
}

#[cache]
pub fn sums(costs: Vec<u64>) -> Cost {
    costs.into_iter().map(Cost).sum()
}

pub struct Case;

#[cache]
pub fn of_apart(case: &Case) -> u64 {
    case.opened() + case.closed() + case.moved()
}

pub trait Move {
    fn moved(&self) -> u64;
}

pub struct Delay;

impl Future for Delay {
    type Output = u64;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u64> {
        Poll::Ready(1613)
    }
}

#[cache]
pub async fn waits_by_hand() -> u64 {
    Delay.await
}

pub trait Make {
    fn make() -> Self;
}

pub struct Widget(pub u64);

impl Make for Widget {
    fn make() -> Self {
        Self(1614)
    }
}

pub struct Gadget(pub u64);

impl Make for Gadget {
    fn make() -> Self {
        Self(1615)
    }
}

fn build<T: Make>() -> T {
    T::make()
}

#[cache]
pub fn builds() -> u64 {
    build::<Widget>().0
}

#[cache]
pub fn builds_inferred() -> Gadget {
    build()
}

pub struct Runner<P = Greedy> {
    policy: P,
}

pub struct Greedy;

impl Greedy {
    fn choose(&self) -> u64 {
        1616
    }
}

impl Runner {
    fn new() -> Self {
        Self { policy: Greedy }
    }
}

#[cache]
pub fn by_default_argument() -> u64 {
    Runner::new().policy.choose()
}

//! Calls every cached function and says where its value came from.

use larder::cache;
use ledger::balance;
use survey::{
    Model, area, check, classify, convert, count, cut, describe, estate, export, greet, join,
    lookup, measure, perimeter, reach, round, route, stamp, tally, tune, weigh,
};

/// A cached function of the program itself.
#[cache]
fn summary(n: u64) -> u64 {
    survey::scale(n) + 100
}

/// One line: name, source, value, and the value that the function has when it is computed.
fn show<T: std::fmt::Debug>(name: &str, call: larder::Call<T>, uncached: T) {
    let source = format!("{:?}", call.source());
    println!("{name}\t{source}\t{:?}\t{uncached:?}", call.into_value());
}

macro_rules! show {
    ($($name:ident)*) => {
        $(show(stringify!($name), $name::call(7), $name::uncached(7));)*
    };
}

fn main() {
    show!(area balance check classify convert count cut describe estate export greet join lookup);
    show!(measure perimeter reach round route stamp summary tally tune weigh);
    let model = Model { weight: 6 };
    let predict = Model::predict_cache();
    show("predict", predict.call(&model, 7), predict.uncached(&model, 7));
}

//! The cached functions that children call. Their bodies write down that they run.

use larder::cache;
use std::fs::OpenOptions;
use std::io::Write;
use std::time::Duration;

/// The file in which bodies write that they run.
pub(crate) const BODIES: &str = "LARDER_TEST_BODIES";
/// How long bodies take, in milliseconds. It is no argument, so that equal calls of different
/// processes may take differently long.
pub(crate) const PAUSE: &str = "LARDER_TEST_PAUSE";

#[cache]
pub(crate) fn step(x: u64) -> u64 {
    write_down("begin", x);
    std::thread::sleep(pause());
    write_down("end", x);
    x + 1
}

/// Another one, which is not cleared when that is.
#[cache]
pub(crate) fn stride(x: u64) -> u64 {
    write_down("begin", x);
    x + 100
}

#[cache]
pub(crate) async fn step_later(x: u64) -> u64 {
    write_down("begin", x);
    futures_timer::Delay::new(pause()).await;
    write_down("end", x);
    x + 1
}

fn pause() -> Duration {
    let millis = std::env::var(PAUSE).map_or(0, |millis| millis.parse().unwrap());
    Duration::from_millis(millis)
}

/// Lines are appended whole, whoever else does so.
fn write_down(what: &str, x: u64) {
    let Ok(path) = std::env::var(BODIES) else { return };
    let line = format!("{what} {x} {}\n", std::process::id());
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(line.as_bytes()).unwrap();
}

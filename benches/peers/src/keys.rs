//! Keys of large inputs, beside raw BLAKE3 over as many bytes.

use crate::Result;
use crate::rounds::{Work, rounds};
use crate::table::{Table, Target};
use larder::__private::key::{digest, digest_slice};
use serde::Serialize;
use std::hint::black_box;
use std::time::Instant;

const BYTES: u32 = 64 << 20;

/// Numbers and strings, as rows of a table have them. Counted is what the numbers take and the bytes
/// of the strings.
#[derive(Serialize)]
struct Record {
    id: u64,
    name: String,
    weight: f64,
    city: String,
    age: u32,
    active: bool,
}

pub(crate) fn keys(table: &mut Table, count: usize) -> Result<()> {
    let floats: Vec<f64> = (0..BYTES / 8).map(|n| f64::from(n) / 3.0).collect();
    let bytes: Vec<u8> = (0..BYTES).map(|n| n.to_le_bytes()[0]).collect();
    let records: Vec<_> = (0..100_000).map(record).collect();
    let payload: usize = records.iter().map(|r| r.name.len() + r.city.len() + 21).sum();
    let (size, payload) = (f64::from(BYTES), f64::from(u32::try_from(payload)?));
    let series = rounds(
        count,
        vec![
            seconds(size, || Ok(blake3::hash(black_box(&bytes)))),
            seconds(size, || Ok(digest_slice(black_box(&floats)))),
            seconds(size, || Ok(digest_slice(black_box(&bytes)))),
            seconds(size, || Ok(digest(black_box(&floats))?)),
            seconds(payload, || Ok(digest(black_box(&records))?)),
        ],
    )?;
    let raw = &series[0];
    let rate = |at: usize| 1.0 / series[at].median() / 1e9;
    let share = |at: usize| raw.to(&series[at]).median;
    let beside = format!("raw BLAKE3: {:.2} GB/s", rate(0));
    for (what, at) in [("`f64`", 1), ("`u8`", 2)] {
        let what = format!("the key of 64 MiB of {what}, as a share of raw BLAKE3's pace");
        let beside = format!("{:.2} GB/s; {beside}", rate(at));
        table.figure(&what, (share(at), "x"), &beside, Target::AtLeast(0.7));
    }
    let what = "the key of 64 MiB of `f64`, through serde";
    table.figure(what, (rate(3), "GB/s"), &beside, Target::AtLeast(2.5));
    let what = "the key of 100,000 structs of numbers and strings";
    table.figure(what, (rate(4), "GB/s"), &beside, Target::AtLeast(0.8));
    Ok(())
}

fn record(n: u32) -> Record {
    Record {
        id: n.into(),
        name: format!("customer number {n}"),
        weight: f64::from(n) / 3.0,
        city: if n.is_multiple_of(3) { "Berlin" } else { "Rotterdam" }.into(),
        age: n % 90,
        active: n.is_multiple_of(2),
    }
}

/// Seconds a byte.
fn seconds<'a, T>(bytes: f64, mut work: impl FnMut() -> Result<T> + 'a) -> Work<'a> {
    Box::new(move |_| {
        let start = Instant::now();
        black_box(work()?);
        Ok(start.elapsed().as_secs_f64() / bytes)
    })
}

//! What a key costs, beside raw BLAKE3 over as many bytes.
//!
//! Compare within one run only: machines differ, and so does one machine from hour to hour.

use std::collections::HashMap;
use std::hint::black_box;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use larder::__private::key::{combine, describe, digest, digest_slice};
use serde::Serialize;

fn main() {
    divan::main();
}

const MIB: usize = 1 << 20;
/// From in cache to far out of it.
const SIZES: [usize; 3] = [MIB / 16, MIB, 64 * MIB];

fn floats(bytes: usize) -> Vec<f64> {
    (0..u32::MAX).map(|n| f64::from(n) / 3.0).take(bytes / 8).collect()
}

#[divan::bench(args = SIZES)]
fn raw_blake3(bencher: Bencher, bytes: usize) {
    let values = vec![7u8; bytes];
    bencher.counter(BytesCount::new(bytes)).bench_local(|| blake3::hash(black_box(&values)));
}

mod slice {
    use super::{Bencher, BytesCount, SIZES, black_box, digest_slice, floats};

    #[divan::bench(args = SIZES)]
    fn of_f64(bencher: Bencher, bytes: usize) {
        let values = floats(bytes);
        bencher.counter(BytesCount::new(bytes)).bench_local(|| digest_slice(black_box(&values)));
    }

    #[divan::bench(args = SIZES)]
    fn of_u64(bencher: Bencher, bytes: usize) {
        let values = vec![7u64; bytes / 8];
        bencher.counter(BytesCount::new(bytes)).bench_local(|| digest_slice(black_box(&values)));
    }

    #[divan::bench(args = SIZES)]
    fn of_u8(bencher: Bencher, bytes: usize) {
        let values = vec![7u8; bytes];
        bencher.counter(BytesCount::new(bytes)).bench_local(|| digest_slice(black_box(&values)));
    }
}

mod serde_path {
    use super::{
        Bencher, BytesCount, HashMap, ItemsCount, SIZES, Serialize, black_box, digest, floats,
    };

    #[divan::bench(args = SIZES)]
    fn vec_of_f64(bencher: Bencher, bytes: usize) {
        let values = floats(bytes);
        bencher.counter(BytesCount::new(bytes)).bench_local(|| digest(black_box(&values)));
    }

    #[divan::bench(args = SIZES)]
    fn vec_of_u64(bencher: Bencher, bytes: usize) {
        let values = vec![7u64; bytes / 8];
        bencher.counter(BytesCount::new(bytes)).bench_local(|| digest(black_box(&values)));
    }

    #[divan::bench(args = SIZES)]
    fn vec_of_u8(bencher: Bencher, bytes: usize) {
        let values = vec![7u8; bytes];
        bencher.counter(BytesCount::new(bytes)).bench_local(|| digest(black_box(&values)));
    }

    #[divan::bench(args = SIZES)]
    fn vec_of_points(bencher: Bencher, bytes: usize) {
        let values: Vec<[f64; 2]> = floats(bytes).as_chunks().0.to_vec();
        bencher.counter(BytesCount::new(bytes)).bench_local(|| digest(black_box(&values)));
    }

    /// Six fields of mixed numbers and short strings. Counted is the payload alone: what the
    /// numbers take, and the bytes of the strings.
    #[derive(Serialize)]
    struct Record {
        id: u64,
        name: String,
        weight: f64,
        city: String,
        age: u32,
        active: bool,
    }

    #[divan::bench]
    fn records_100k(bencher: Bencher) {
        let records: Vec<Record> = (0..100_000_u32)
            .map(|n| Record {
                id: n.into(),
                name: format!("customer number {n}"),
                weight: f64::from(n) / 3.0,
                city: if n % 3 == 0 { "Berlin" } else { "Rotterdam" }.into(),
                age: n % 90,
                active: n % 2 == 0,
            })
            .collect();
        let payload: usize = records.iter().map(|r| r.name.len() + r.city.len() + 21).sum();
        bencher
            .counter(BytesCount::new(payload))
            .counter(ItemsCount::new(records.len()))
            .bench_local(|| digest(black_box(&records)));
    }

    #[divan::bench]
    fn hash_map_10k(bencher: Bencher) {
        let map: HashMap<String, u64> = (0..10_000).map(|n| (format!("key {n}"), n)).collect();
        bencher.counter(ItemsCount::new(map.len())).bench_local(|| digest(black_box(&map)));
    }
}

mod small {
    use super::{Bencher, black_box, combine, describe, digest};

    #[divan::bench]
    fn raw_blake3_of_one_block(bencher: Bencher) {
        bencher.bench_local(|| blake3::hash(black_box(&[7; 9])));
    }

    #[divan::bench]
    fn two_scalars(bencher: Bencher) {
        bencher.bench_local(|| {
            let seed = digest(black_box(&7u64)).expect("numbers have digests");
            let steps = digest(black_box(&1_000usize)).expect("numbers have digests");
            combine(&[seed, steps])
        });
    }

    #[divan::bench]
    fn short_string(bencher: Bencher) {
        bencher.bench_local(|| digest(black_box("a short string")));
    }

    #[divan::bench]
    fn description_of_a_million(bencher: Bencher) {
        let values = vec![7u64; 1_000_000];
        bencher.bench_local(|| describe(black_box(&values), 80));
    }
}

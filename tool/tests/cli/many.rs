//! The tool on a directory with 200,000 results: that its answers are right, with the catalog free and while
//! another program holds it. How long they take is measured by `benches/tool.rs`.

use crate::directory::{DAY, Directory, Entry, ago, counted, folder, function};
use crate::run::printed;
use larder::Cache;
use serde_json::Value;
use std::fs::{self, File};

const FUNCTIONS: [&str; 8] = [
    "many::f0", "many::f1", "many::f2", "many::f3", "many::f4", "many::f5", "many::f6", "many::f7",
];
/// Of each function.
const RESULTS: u64 = 25_000;
/// Of the first function besides, which are to be at the top.
const LATEST: u8 = 20;

/// The bytes of each of a function's results.
fn size(number: usize) -> u64 {
    100 + number as u64
}

/// One of the latest: the later it was used, the smaller it is.
fn latest(number: u8) -> Entry {
    Entry {
        function: FUNCTIONS[0],
        inputs: 0xa0 + number,
        payload: vec![7; 5_000 + 10 * usize::from(number)],
        used: u64::from(number) * 60,
        ..Entry::default()
    }
}

/// As nobody asks for what is in the others, these are links to one file for each function: a test cannot
/// wait for 200,000 files to be written.
fn fill(directory: &Directory) {
    for (number, name) in FUNCTIONS.into_iter().enumerate() {
        let file = directory.outside().join(name.replace(':', "_"));
        fs::write(&file, vec![0; usize::try_from(size(number)).unwrap()]).unwrap();
        File::options().write(true).open(&file).unwrap().set_modified(ago(10 * DAY)).unwrap();
        let place = directory.path().join("entries").join(folder(name));
        for shard in 0..=255 {
            fs::create_dir_all(place.join(format!("{shard:02x}"))).unwrap();
        }
        for result in 0..RESULTS {
            let shard = result % 256;
            let path = format!("{shard:02x}/{shard:02x}{result:030x}-{}", "77".repeat(8));
            fs::hard_link(&file, place.join(path)).unwrap();
        }
    }
    for number in 0..LATEST {
        directory.write(&latest(number));
    }
    let known = FUNCTIONS.map(|name| function(name, 0x77, DAY));
    let counts = FUNCTIONS.map(|name| counted(name, [1200, 3, 1, 40], [0, 0]));
    directory.journal(&[known, counts].concat());
}

fn document(directory: &Directory, arguments: &[&str]) -> Value {
    serde_json::from_str(&printed(directory, &[arguments, &["--json"]].concat())).unwrap()
}

/// By which order the latest are listed, and whether that is the one of their numbers.
fn check(directory: &Directory, sort: &str, as_numbered: bool) {
    let stats = document(directory, &["stats"]);
    let latest_bytes: u64 = (0..LATEST).map(|number| directory.size_of(&latest(number))).sum();
    let expected = |name: &str| {
        let number = FUNCTIONS.iter().position(|known| *known == name).unwrap();
        let first = number == 0;
        let entries = RESULTS + if first { LATEST.into() } else { 0 };
        let bytes = RESULTS * size(number) + if first { latest_bytes } else { 0 };
        (entries, bytes)
    };
    let functions = stats["functions"].as_array().unwrap();
    assert_eq!(functions.len(), FUNCTIONS.len());
    for function in functions {
        let number = |field: &str| function[field].as_u64().unwrap();
        let name = function["function"].as_str().unwrap();
        assert_eq!((number("entries"), number("bytes")), expected(name), "{name}");
        assert_eq!((number("found"), number("stale_entries")), (1200, 0), "{name}");
    }
    let all = FUNCTIONS.map(expected);
    assert_eq!(stats["entries"], all.iter().map(|(entries, _)| entries).sum::<u64>());
    assert_eq!(stats["bytes"], all.iter().map(|(_, bytes)| bytes).sum::<u64>());

    let listed = document(directory, &["ls", "--limit", "20", "--sort", sort]);
    assert_eq!(listed["total"], stats["entries"]);
    let entries = listed["entries"].as_array().unwrap().iter();
    let listed: Vec<_> = entries.map(|entry| entry["key"].as_str().unwrap()).collect();
    let mut keys: Vec<_> = (0..LATEST).map(|number| latest(number).key()).collect();
    if !as_numbered {
        keys.reverse();
    }
    assert_eq!(listed, keys);
}

#[test]
fn two_hundred_thousand_results_are_counted_and_listed_also_while_the_catalog_is_held() {
    let directory = Directory::new();
    fill(&directory);
    check(&directory, "size", false);
    let cache = Cache::open(directory.path()).unwrap();
    let held = cache.entries().unwrap();
    check(&directory, "used", true);
    drop(held);
}

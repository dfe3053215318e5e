//! The encoding is frozen. If a digest here changes, every result that anyone has kept is lost:
//! then the version of the format must change with it, and not only this list.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use larder::__private::key::{Digest, combine, digest, digest_slice};
use serde::Serialize;

#[derive(Serialize)]
struct Point {
    x: f64,
    y: f64,
}

#[derive(Serialize)]
struct Meters(f32);

#[derive(Serialize)]
struct Pair(u8, u16);

#[derive(Serialize)]
struct Marker;

#[derive(Serialize)]
enum Shape {
    Empty,
    Circle(f64),
    Line(u8, Option<u8>),
    Box { low: Point, high: Point },
}

/// Every kind of value, by what it is.
fn values() -> Vec<(&'static str, Digest)> {
    fn of<T: Serialize + ?Sized>(value: &T) -> Digest {
        digest(value).expect("the value serializes")
    }
    let floats: Vec<f64> = (0..50_000).map(|n| f64::from(n) / 3.0).collect();
    let mut with_nan = floats.clone();
    with_nan[40_000] = f64::NAN;
    let squares = || (0..50_u64).map(|n| (n, n * n));
    vec![
        ("true", of(&true)),
        ("char", of(&'ß')),
        ("u8", of(&200u8)),
        ("u16", of(&1u16)),
        ("u32", of(&1u32)),
        ("u64", of(&1u64)),
        ("usize", of(&1usize)),
        ("u128", of(&u128::MAX)),
        ("i8", of(&-1i8)),
        ("i16", of(&-1i16)),
        ("i32", of(&-1i32)),
        ("i64", of(&-1i64)),
        ("i128", of(&i128::MIN)),
        ("f32", of(&1.5f32)),
        ("f64", of(&0.1f64)),
        ("-0.0", of(&-0.0f64)),
        ("NaN", of(&f64::NAN)),
        ("NaN f32", of(&f32::NAN)),
        ("unit", of(&())),
        ("none", of(&None::<u8>)),
        ("some", of(&Some(1u8))),
        ("empty string", of("")),
        ("string", of("larder")),
        ("string of 240", of(&"x".repeat(240))),
        ("string of 1024", of(&"x".repeat(1024))),
        ("string of 1025", of(&"x".repeat(1025))),
        ("path", of(Path::new("data/input.csv"))),
        ("address", of(&IpAddr::V4(Ipv4Addr::LOCALHOST))),
        ("duration", of(&Duration::new(1, 2))),
        ("unit struct", of(&Marker)),
        ("newtype", of(&Meters(1.0))),
        ("tuple struct", of(&Pair(1, 2))),
        ("struct", of(&Point { x: 1.0, y: 2.0 })),
        ("unit variant", of(&Shape::Empty)),
        ("newtype variant", of(&Shape::Circle(1.0))),
        ("tuple variant", of(&Shape::Line(1, None))),
        (
            "struct variant",
            of(&Shape::Box { low: Point { x: 0.0, y: 0.0 }, high: Point { x: 1.0, y: 1.0 } }),
        ),
        ("tuple", of(&(1u64, 2u8, "three", 4u8, 5u8))),
        ("array", of(&[1u8, 2, 3])),
        ("empty sequence", of(&Vec::<u8>::new())),
        ("sequence", of(&vec![1u8, 2, 3])),
        ("mixed sequence", of(&vec![Ok(1u8), Err("no")])),
        ("nested sequences", of(&vec![vec![1u32], vec![], vec![2, 3]])),
        ("1024 bytes", digest_slice(&[7u8; 1024])),
        ("1025 bytes", digest_slice(&[7u8; 1025])),
        ("many floats", of(&floats)),
        ("many floats with NaN", digest_slice(&with_nan)),
        ("tree map", of(&BTreeMap::from([("a", 1u8), ("b", 2)]))),
        ("tree set", of(&BTreeSet::from(["a", "b"]))),
        ("hash map", of(&squares().collect::<HashMap<_, _>>())),
        ("hash set", of(&squares().collect::<HashSet<_>>())),
        (
            "nested hash collections",
            of(&Some(vec![
                squares().map(|pair| (pair.0, HashSet::from([pair]))).collect::<HashMap<_, _>>(),
            ])),
        ),
        ("combined", combine(&[of(&1u64), of("two")])),
        ("combined from nothing", combine(&[])),
    ]
}

// A line each, as the test prints them.
#[rustfmt::skip]
const GOLDEN: &[(&str, &str)] = &[
    ("true", "2022ec9d571ba774cf9e83d0194962f5d1e3aa1a48d486a67e2762a6c7959015"),
    ("char", "81ec3c685d61de7ce66d2f9d9418a8db7ee4a7ce031428909530368ae5c14585"),
    ("u8", "127afb6b109c444b58630147b3fa70c975a2d36305cf9f07ffc1fc9f0d9c76a4"),
    ("u16", "34f41654e8bcd3f838c67742eefdec07d62c5b4df6497455eb793c1f566ed2f8"),
    ("u32", "809ec44754bc33d95d8ff20ff7a27b18a401157f1e788faeccd233a94c04a3d4"),
    ("u64", "aff3b816da12486766fc95e85f6e8700980f1e6a9a6feaed151413c82832c361"),
    ("usize", "aff3b816da12486766fc95e85f6e8700980f1e6a9a6feaed151413c82832c361"),
    ("u128", "94760b83ead5de4e4b364c606ea0a9627e845915d061729ab9f7f9486c7677f9"),
    ("i8", "a56cda5411e4b7552bcb3c54a54b1fb5ab70ff3f06499f3c25d4b38065dd2691"),
    ("i16", "0ae2c4b5a60425e9cde1ab3496e41fa4092820905f26b81c23c8e821780b05eb"),
    ("i32", "bb9a19ca313d7beae7cca25692a2ccb386185119b268b7904b9df5cc573ae92a"),
    ("i64", "abb62edbad63475793f49d2f4e5ed15ecda55665abd5ceefee1cf0b12c7bb3a7"),
    ("i128", "3878fd8271da0d89f1a1791a4e17701eeb036976e0306e2e588dc9ac82979eea"),
    ("f32", "773dc9e931c85d63e56e3b7dc65bd042a07bc2eda38ccab3f31e0ee4c60eba04"),
    ("f64", "1b92e4945367ccf520a001124cf7a056eac949f7bb76fd752ecfb8365531a909"),
    ("-0.0", "f79f953a84d9d9f83dd1151963522bf433f9b8af08932838b513f7b145583cdc"),
    ("NaN", "7a1a2ab5ec5bbc0f88cfc26b41bbf4fb6c3644117d5a110a557250a235fd3a0b"),
    ("NaN f32", "a943b7155521b14b096b36fbcceff4ff584c91ece427aa55421bb21596d3bb54"),
    ("unit", "b35d4ab392fb952c8d7625efbfaff8af2c8cebf20d1ff9784a8ffe08dc667e12"),
    ("none", "66fe99629b9688c2cc062b7b3dbd987ff13bde20adeb0d19f5ce9bd7b2b60396"),
    ("some", "6c0c5e63c3f1e5598ebe243299fd1de6ffb0e075bb531516d61852b7502ba70c"),
    ("empty string", "7e19f6f8dd23c49303d17f4ee1bf0c1b0a4ae941ab19159cb703d6aa6f29bb59"),
    ("string", "98690eae9f952ac13251e942781bbd44f732809722c2cbe6359ed85c0a399905"),
    ("string of 240", "a4b4d13a49143eff839e849c389b72ef7d8589db3e8becc9a4ee2fb19d645c20"),
    ("string of 1024", "37c18e893977d3bb32b125bcd9b08ca75190019ed46200860504824d6b181a48"),
    ("string of 1025", "d42cf32a3e1420e70f9955d1298b2ee4b0abc28e28a0f843def6dad9abba2cd1"),
    ("path", "8131c06f6576e73a0bd6248fc72babbb47249f1fcb571d0014da03af01c46971"),
    ("address", "a3faad0b7d75f4bf7df62da64f6de7a0efce1e3a2f58aa51611b3d4821c84472"),
    ("duration", "5a8a891525944ac81f7aa00d677e33a0e2be324036ca68da9eec607bccfa4c1d"),
    ("unit struct", "e281fae0c58a026a457139c08ca66f97be31528ec6db5dbf76b8b0e5ce99788d"),
    ("newtype", "033dae06bb75ce874f2fc9ee2f9779fd28f80e36c8d28a4d064c1f7f69eb5f70"),
    ("tuple struct", "b78365c8df027e0ccb36a8addcb992055facc759cbbab9aba0e57fc92f7e32a8"),
    ("struct", "8ce0a763ec3d853b7010f723847c425ef8eaafcc1f2195a07d220a09f75dc769"),
    ("unit variant", "b72ec923803d22d175e306cd2907cd5b2f0eca540b53146f0246496b83c1e695"),
    ("newtype variant", "003eee53c8f408fa80c5873c03bd9cb4a913a784dc63caab3194e3b6acab0c17"),
    ("tuple variant", "14cbeb7a65978608beb3c0e7061ff5de391163a01c836fdc7cd636b579fb2aba"),
    ("struct variant", "1d7a4e402d8867d976ecc5bf0c2ff02568909b7e7a508fb2c394571c90140b33"),
    ("tuple", "369119c2db69e2cf6489dbd333e1064e087bb8c87e7b088600c99a856b734438"),
    ("array", "3adba06b21e3bbb8cdcc64c198a484bbeda17130fe13b9b6c2227384329152c1"),
    ("empty sequence", "10192297c1cd051644faeec82f48783d6e3c09c4dc6d14433025c1169f97daa5"),
    ("sequence", "3cbf36d0c03697efc891beb80df0148c26b839a713a0375fab5e6e5e07a6ab3f"),
    ("mixed sequence", "330e9d1fe4052a663f9d0526c4e7bfa6f812ac8af665a514ab62f27765e7392c"),
    ("nested sequences", "772c46abf00c9a2cbbec03b1a054c94a3e6f313f0649a2f8279be4d4aa1bf35a"),
    ("1024 bytes", "dbe10b52269297a9dbfce099da261f01e1dd01ab1724de1a60c1f96248aa0ed2"),
    ("1025 bytes", "a3aac135193c815a973b5e8b2e050037f55533d1021fdfa6b7675ede035fec16"),
    ("many floats", "985d1e3630255207b464737094fc06d28f132bf975e534e9497e4ab165ad20a0"),
    ("many floats with NaN", "d863f85b1c99b566bcfd25a7fd683cc39390989ad2a91cec7cc209e5f9702c62"),
    ("tree map", "8ce5f0b60aada19fe55e022d7bdc9f5246c0f3af4102305d224794521b03b0ae"),
    ("tree set", "e2e9a45dc9ba925cf9f1b4a3dabb7d86fec7885d391001fa45c1e0b2b0a7d9f4"),
    ("hash map", "a4b01ad6fc3855c63158be19565edf272130c49f8c73d1f11ae37b8d7edc5f18"),
    ("hash set", "48fbf14c2c1962119c9d70de7b694daffbc8e7eb94f1caf43a3b84c895bcabfe"),
    ("nested hash collections", "ef5daefe879eb7216cb38c9f0a40a94a01c61f6ee582fbd2e806c4aa93da274f"),
    ("combined", "72df6383f4c4f1ba54921819fd814bdd666a45569b94b23ec0727b0bd63e97f7"),
    ("combined from nothing", "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"),
];

#[test]
fn no_digest_has_changed_since_the_format_was_frozen() {
    let row = |what: &str, digest: &str| format!("    (\"{what}\", \"{digest}\"),\n");
    let found: Vec<String> =
        values().iter().map(|(what, digest)| row(what, &digest.to_string())).collect();
    let expected: Vec<String> = GOLDEN.iter().map(|(what, digest)| row(what, digest)).collect();
    assert!(found == expected, "these digests were found:\n{}", found.concat());
}

/// Where a child process is to write its digests.
const REPORT: &str = "LARDER_TEST_KEY_REPORT";

#[test]
fn another_process_finds_the_same_digests() {
    let digests: Vec<String> = values().iter().map(|(_, digest)| digest.to_string()).collect();
    let report = digests.join("\n");
    if let Some(path) = std::env::var_os(REPORT) {
        std::fs::write(path, report).expect("the parent made the folder");
        return;
    }
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let path = folder.path().join("digests");
    let child = Command::new(std::env::current_exe().expect("tests are files"))
        .args(["--exact", "another_process_finds_the_same_digests"])
        .env(REPORT, &path)
        .output()
        .expect("tests can be run");
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
    assert_eq!(std::fs::read_to_string(&path).expect("the child wrote it"), report);
}

//! Sums, and the table as it is printed.

use super::*;

fn stats() -> Stats {
    let line = |name: &str, found, computed| FunctionStats {
        name: name.to_owned(),
        found,
        computed,
        spent: Duration::from_millis(1500),
        saved: Duration::from_micros(250),
        ..FunctionStats::default()
    };
    Stats {
        functions: vec![line("app::clean::normalize", 10, 2), line("app::load", 1, 0)],
        ..Stats::default()
    }
}

/// Journals are files that anybody may have written: what they count added up to a panic.
#[test]
fn no_numbers_are_too_large_to_be_added_up() {
    let most = u64::MAX;
    let counts = CountsRecord {
        found: most,
        computed: most,
        failed: most,
        shared: most,
        unkept: most,
        spent_ns: most,
        saved_ns: most,
        bytes_written: most,
        given_up: most,
        duplicates: most,
        ..CountsRecord::default()
    };
    let line = |name: &str| FunctionStats::from_counts(name.to_owned(), &counts);
    let stats = Stats { functions: vec![line("f"), line("g")], ..Stats::default() };
    assert_eq!((stats.total().found, stats.total().bytes_written), (most, most));
    assert!(stats.to_string().contains(&most.to_string()));
}

#[test]
fn the_table_is_aligned_and_leaves_out_what_did_not_happen() {
    let expected = "\
function                   found   computed      spent      saved
app::clean::normalize         10          2      1.5 s     250 us
app::load                      1          0      1.5 s     250 us
total                         11          2      3.0 s     500 us";
    assert_eq!(stats().to_string(), expected);
}

#[test]
fn failures_and_warnings_are_shown_when_there_are_some() {
    let mut stats = stats();
    stats.functions.truncate(1);
    stats.functions[0].failed = 3;
    stats.functions[0].shared = 4;
    stats.functions[0].checked = 2;
    stats.functions[0].differed = 1;
    stats.warnings.push(("could not write".to_owned(), 2));
    let expected = "\
function                   found   computed     shared     failed      spent      saved
app::clean::normalize         10          2          4          3      1.5 s     250 us
1 of 2 checked results differed
2 x could not write";
    assert_eq!(stats.to_string(), expected);
}

#[test]
fn a_function_is_found_by_the_end_of_its_path() {
    let stats = stats();
    assert_eq!(stats.function("normalize").unwrap().found, 10);
    assert_eq!(stats.function("clean::normalize").unwrap().found, 10);
    assert_eq!(stats.function("app::load").unwrap().found, 1);
    assert!(stats.function("oad").is_none());
}

#[test]
fn durations_are_shown_in_a_unit_that_suits_them() {
    let short = |nanos| Short(Duration::from_nanos(nanos)).to_string();
    assert_eq!(short(999), "0");
    assert_eq!(short(1_600), "2 us");
    assert_eq!(short(12_300_000), "12 ms");
    assert_eq!(short(119_900_000_000), "119.9 s");
    assert_eq!(short(3_600_000_000_000), "60.0 min");
    assert_eq!(short(86_400_000_000_000), "24.0 h");
}

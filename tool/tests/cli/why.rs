//! Why results were computed, from records of programs that have ended.

use crate::directory::{DAY, Directory, Entry};
use crate::run::{printed, run};
use larder::{Cache, cache, with_cache};
use std::fs;

/// Two states of one function's code, as an edit leaves them.
mod before {
    use larder::cache;

    #[cache(name = "orbits::measure")]
    pub(super) fn measure(seed: u64, steps: u64) -> u64 {
        scale(seed) + steps
    }

    fn scale(x: u64) -> u64 {
        2 * x
    }
}

mod after {
    use larder::cache;

    #[cache(name = "orbits::measure")]
    pub(super) fn measure(seed: u64, steps: u64) -> u64 {
        stretch(seed) + steps
    }

    fn stretch(x: u64) -> u64 {
        3 * x
    }
}

#[cache(name = "orbits::versioned", version = 1, code = "none")]
fn first(x: u64) -> u64 {
    x
}

#[cache(name = "orbits::versioned", version = 2, code = "none")]
fn second(x: u64) -> u64 {
    x + 1
}

/// A directory in which `work` has been done by a process that has ended.
fn after(work: impl FnOnce() + Send) -> Directory {
    let directory = Directory::new();
    let cache = Cache::open(directory.path()).unwrap();
    with_cache(&cache, work);
    cache.close();
    directory
}

/// The keys of results whose inputs are printed so, the latest first.
fn keys(directory: &Directory, inputs: &str) -> Vec<String> {
    let listed = printed(directory, &["ls", "--sort", "created", "--json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let entries = listed["entries"].as_array().unwrap().iter();
    let entries = entries.filter(|entry| entry["inputs"] == inputs);
    entries.map(|entry| entry["key"].as_str().unwrap().to_owned()).collect()
}

/// The sentence about the latest result of these inputs.
fn why(directory: &Directory, inputs: &str) -> String {
    let key = &keys(directory, inputs)[0];
    // Where the catalog is in use, it warns.
    let ran = run(directory, &["why", key]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    ran.out.lines().nth(2).unwrap().trim().to_owned()
}

#[test]
fn an_edit_is_told_by_the_items_that_changed() {
    let directory = after(|| {
        before::measure(7, 1);
        after::measure(7, 1);
    });
    let told = why(&directory, "seed: 7, steps: 1");
    assert!(told.starts_with("computed again because `"), "{told}");
    assert!(told.contains("after::stretch` was added"), "{told}");
    assert!(told.contains("before::measure` was removed"), "{told}");
    let keys = keys(&directory, "seed: 7, steps: 1");
    assert_eq!(keys.len(), 2);
    let first = printed(&directory, &["why", &keys[1]]);
    assert!(first.ends_with("  never computed with these inputs\n"), "{first}");
}

#[test]
fn another_version_is_told_by_its_number() {
    let directory = after(|| {
        first(3);
        second(3);
    });
    assert_eq!(why(&directory, "x: 3"), "computed again because `version` went from 1 to 2");
}

#[test]
fn new_inputs_are_told_by_the_nearest_earlier_call() {
    let directory = after(|| {
        after::measure(7, 1000);
        after::measure(8, 3000);
        after::measure(7, 2000);
    });
    assert_eq!(
        why(&directory, "seed: 7, steps: 2000"),
        "never computed with these inputs; the nearest earlier call (`seed: 7, steps: 1000`) differs \
         in `steps`"
    );
    // What came later was not there yet.
    assert_eq!(why(&directory, "seed: 7, steps: 1000"), "never computed with these inputs");
}

#[test]
fn a_removal_on_record_is_told_with_the_catalog_and_without() {
    let directory = after(|| {
        after::measure(7, 1);
        after::measure::forget(7, 1).unwrap();
        after::measure(7, 1);
    });
    let told = why(&directory, "seed: 7, steps: 1");
    assert_eq!(told, "computed again because its result was forgotten less than a minute ago");
    let cache = Cache::open(directory.path()).unwrap();
    with_cache(&cache, || {
        after::measure(8, 1);
        after::measure::forget(8, 1).unwrap();
        after::measure(8, 1);
    });
    let held = cache.entries().unwrap();
    assert!(cache.removed().incomplete.is_some());
    assert_eq!(why(&directory, "seed: 8, steps: 1"), told);
    drop(held);
}

#[test]
fn what_is_not_there_any_more_is_known_by_how_it_went() {
    let directory = after(|| {
        after::measure(7, 1);
        after::measure(7, 2);
    });
    let by_hand = keys(&directory, "seed: 7, steps: 2").remove(0);
    let alone = keys(&directory, "seed: 7, steps: 1").remove(0);
    printed(&directory, &["rm", &alone]);
    let told = printed(&directory, &["why", &alone]);
    let expected =
        format!("orbits::measure  {alone}\n  not there any more: it was removed alone, ");
    assert!(told.starts_with(&expected), "{told}");
    let (folder, file) = by_hand.split_once('/').unwrap();
    fs::remove_file(directory.path().join("entries").join(folder).join(&file[..2]).join(file))
        .unwrap();
    // A listing finds out.
    assert_eq!(Cache::open(directory.path()).unwrap().entries().unwrap().count(), 0);
    let told = printed(&directory, &["why", &by_hand]);
    assert!(told.contains("its file was deleted by hand; that was found out "), "{told}");
    let nothing = run(&directory, &["why", "0123456789"]);
    assert_eq!(nothing.status, Some(1));
    assert!(nothing.err.starts_with("error: there is no result `0123456789`"), "{}", nothing.err);
}

#[test]
fn a_function_is_told_of_by_the_states_of_its_code() {
    let directory = after(|| {
        before::measure(7, 1);
        before::measure(7, 2);
        before::measure(7, 3);
        after::measure(7, 1);
        after::measure(9, 9);
    });
    let told = printed(&directory, &["why", "measure"]);
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(lines[0], "orbits::measure");
    assert_eq!(
        lines[1],
        "  2 results by the code as last seen, of which 1 had been computed by other code"
    );
    assert!(lines[2].starts_with("  the last one, ") && lines[2].ends_with("(seed: 9, steps: 9):"));
    assert!(lines[3].starts_with("  never computed with these inputs"), "{told}");
    assert_eq!(lines[5].split_whitespace().next(), Some("code"));
    assert!(lines[6].contains("after::stretch` was added"), "{told}");
    assert!(lines[7].ends_with("  3  the first that is known"), "{told}");
    assert_eq!(lines.len(), 8);
}

#[test]
fn of_a_program_that_is_gone_the_records_tell_what_they_can() {
    let directory = Directory::sample();
    let told = printed(&directory, &["why", "ab-77"]);
    let expected = "\
orbits::simulate(seed: 7, steps: 1000)
  computed 3 d ago, which took 1.5 s
  computed again because its code changed, in what is not known
";
    assert_eq!(told, expected);
    directory.write(&Entry {
        inputs: 0xee,
        arguments: vec![[1; 32], [9; 32]],
        printed: "seed: 7, steps: 9000",
        age: DAY,
        ..Entry::default()
    });
    let told = printed(&directory, &["why", "ee"]);
    assert!(
        told.ends_with("the nearest earlier call (`seed: 7, steps: 1000`) differs in `steps`\n")
            || told.ends_with(
                "the nearest earlier call (`seed: 8, steps: 1000`) differs in `steps`\n"
            ),
        "{told}"
    );
    let told = printed(&directory, &["why", "simulate"]);
    let codes: Vec<_> = told.lines().skip(6).map(|line| &line[..8]).collect();
    assert_eq!(codes, ["77777777", "11111111"], "{told}");
    assert!(told.contains("nothing is known of it but its digest"), "{told}");
}

#[test]
fn a_name_that_is_neither_a_key_nor_a_function_is_a_mistake() {
    let ran = run(&Directory::sample(), &["why", "simulat"]);
    let expected = "error: no function is called `simulat`: did you mean `orbits::simulate`?\n";
    assert_eq!((ran.status, ran.err.as_str()), (Some(2), expected));
}

#[test]
fn the_document_has_the_fields_that_are_promised() {
    let directory = after(|| {
        before::measure(7, 1);
        after::measure(7, 1);
        after::measure(7, 2);
    });
    let document = |target: &str| -> serde_json::Value {
        serde_json::from_str(&printed(&directory, &["why", target, "--json"])).unwrap()
    };
    let fields = |value: &serde_json::Value| -> String {
        let keys: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        keys.join(" ")
    };
    let edited = document(&keys(&directory, "seed: 7, steps: 1")[0]);
    assert_eq!(fields(&edited), "created function incomplete inputs key why");
    assert_eq!(fields(&edited["why"]), "changes reason text");
    assert_eq!(edited["why"]["reason"], "code_changed");
    assert_eq!(fields(&edited["why"]["changes"][0]), "after before kind path text");
    let new = document(&keys(&directory, "seed: 7, steps: 2")[0]);
    assert_eq!(fields(&new["why"]), "cleared nearest reason text");
    assert_eq!(new["why"]["nearest"]["differs"], serde_json::json!(["steps"]));
    let functions = document("measure");
    assert_eq!(fields(&functions), "functions incomplete");
    let function = &functions["functions"][0];
    assert_eq!(fields(function), "folder function last states");
    let names = "changes code current entries entries_again first_used version";
    assert_eq!(fields(&function["states"][0]), names);
}

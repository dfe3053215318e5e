//! What `--json` prints: the names of its fields are promised, so they are frozen here.

use crate::directory::{Directory, Entry, batch};
use crate::run::{printed, run};
use serde_json::{Value, json};
use std::fs;
use std::time::Duration;

fn document(directory: &Directory, arguments: &[&str]) -> Value {
    let text = printed(directory, &[arguments, &["--json"]].concat());
    assert_eq!(text.lines().count(), 1, "one document on one line");
    serde_json::from_str(&text).unwrap()
}

/// The same of a command that ends with another status.
fn run_json(directory: &Directory, arguments: &[&str], status: i32) -> Value {
    let ran = run(directory, &[arguments, &["--json"]].concat());
    assert_eq!((ran.status, ran.err.as_str()), (Some(status), ""), "{arguments:?}");
    serde_json::from_str(&ran.out).unwrap()
}

/// The names of an object's fields.
fn fields(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn stats_has_the_fields_that_are_promised() {
    let document = document(&Directory::sample(), &["stats"]);
    assert_eq!(
        fields(&document),
        ["bytes", "directory", "entries", "functions", "max_bytes", "unlisted"]
    );
    assert_eq!((&document["entries"], &document["directory"]), (&json!(4), &json!("[DIR]")));
    let simulate = &document["functions"][0];
    let names = "bytes bytes_written computed entries failed folder found function last_seen package \
                 saved_seconds shared spent_seconds stale_bytes stale_entries";
    assert_eq!(fields(simulate), names.split_whitespace().collect::<Vec<_>>());
    assert_eq!(simulate["found"], 1200);
    assert_eq!(simulate["spent_seconds"], 1.75);
    assert_eq!(simulate["stale_entries"], 1);
    assert_eq!(simulate["package"], "orbits");
}

#[test]
fn ls_has_the_fields_that_are_promised() {
    let document = document(&Directory::sample(), &["ls", "--limit", "2"]);
    assert_eq!(fields(&document), ["directory", "entries", "total", "unlisted"]);
    assert_eq!((&document["total"], document["entries"].as_array().unwrap().len()), (&json!(4), 2));
    let names = "bytes created full_seconds function inputs key last_used own_seconds state";
    let second = &document["entries"][1];
    assert_eq!(fields(second), names.split_whitespace().collect::<Vec<_>>());
    assert_eq!(second["key"], Entry::default().key());
    assert_eq!(second["state"], "current");
    assert_eq!(second["own_seconds"], 1.5);
    assert!(second["created"].as_str().unwrap().ends_with('Z'));
}

#[test]
fn show_has_the_fields_that_are_promised() {
    let directory = Directory::sample();
    let names = "argument_digests bytes code code_digest created encoding file full_seconds function \
                 inputs inputs_digest key last_used own_seconds state value_bytes";
    let shown = document(&directory, &["show", "5e"]);
    assert_eq!(fields(&shown), names.split_whitespace().collect::<Vec<_>>());
    assert_eq!((&shown["encoding"], &shown["code"]), (&json!("messagepack"), &Value::Null));
    let shown = document(&directory, &["show", "5e", "--value"]);
    assert_eq!(shown["value"]["json"]["sizes"], json!([1, 2.5]));
    let shown = document(&directory, &["show", "0c", "--value"]);
    assert_eq!(shown["value"]["hex"].as_str().unwrap().len(), 10_000);
}

#[test]
fn the_others_have_the_fields_that_are_promised() {
    let directory = Directory::sample();
    assert_eq!(fields(&document(&directory, &["path"])), ["directory", "exists"]);
    let names = "bytes checked damaged directory foreign set_aside unlisted unreadable";
    let verified = document(&directory, &["verify"]);
    assert_eq!(fields(&verified), names.split_whitespace().collect::<Vec<_>>());
    let diagnosed = document(&directory, &["doctor"]);
    assert_eq!(fields(&diagnosed), ["directory", "findings"]);
    let findings = diagnosed["findings"].as_array().unwrap();
    let checks: Vec<_> =
        findings.iter().map(|finding| finding["check"].as_str().unwrap()).collect();
    let expected = "layout permissions file_system claims catalog limits space leftovers";
    assert_eq!(checks, expected.split_whitespace().collect::<Vec<_>>());
    assert_eq!(fields(&findings[0]), ["advice", "check", "message", "severity"]);
    directory.journal(&[batch(60, Duration::from_secs(2), [1, 2, 3, 4, 5], 1)]);
    let runs = document(&directory, &["runs"]);
    assert_eq!(fields(&runs), ["directory", "incomplete", "runs", "total"]);
    let names = "busy_seconds computed failed found longest outcome saved_seconds seconds shared skipped \
                 started what";
    let run = &runs["runs"][0];
    assert_eq!(fields(run), names.split_whitespace().collect::<Vec<_>>());
    assert_eq!(fields(&run["longest"][0]), ["index", "inputs", "seconds"]);
    assert_eq!((&run["outcome"], &run["skipped"]), (&json!("done"), &json!(5)));
    let plan = document(&directory, &["trim", "--max-entries", "1", "--dry-run"]);
    assert_eq!(fields(&plan), ["left", "reasons", "removals", "unlisted", "would_remove"]);
    let amount = ["bytes", "entries"];
    assert_eq!(
        (fields(&plan["left"]), fields(&plan["would_remove"])),
        (amount.into(), amount.into())
    );
    assert_eq!(fields(&plan["reasons"]), ["least_worth", "left_behind"]);
    assert_eq!(fields(&plan["reasons"]["left_behind"]), amount);
    assert_eq!(fields(&plan["removals"][0]), ["bytes", "function", "key", "reason"]);
    let trimmed = document(&directory, &["trim", "--max-entries", "4"]);
    assert_eq!(fields(&trimmed), ["left", "reasons", "refused", "removed", "spared", "unlisted"]);
    for name in ["left", "refused", "removed", "spared"] {
        assert_eq!(fields(&trimmed[name]), amount, "{name}");
    }
    let cleared = document(&directory, &["clear", "normalize", "--yes"]);
    assert_eq!(fields(&cleared), ["bytes", "entries", "functions", "removed"]);
    assert_eq!(cleared["functions"], json!({ "orbits::clean::normalize<f32>": 1 }));
    fs::write(directory.file_of(&Entry::default()), "no entry").unwrap();
    let verified = run_json(&directory, &["verify"], 1);
    assert_eq!(fields(&verified["damaged"][0]), ["function", "key"]);
    assert_eq!(verified["damaged"][0]["key"], Entry::default().key());
    let removed = document(&directory, &["rm", "0c"]);
    assert_eq!(removed["removed"].as_array().unwrap().len(), 1);
}

#[test]
fn a_document_has_no_colours_unless_asked_for_nothing_but_it_and_stays_whole_on_failure() {
    let directory = Directory::sample();
    let ran = run(&directory, &["show", "ffff", "--json"]);
    assert_eq!((ran.out.as_str(), ran.status), ("", Some(1)));
}

//! What `--json` prints: the names of its fields are promised, so they are frozen here.

use crate::directory::{Directory, Entry};
use crate::run::{printed, run};
use serde_json::{Value, json};

fn document(directory: &Directory, arguments: &[&str]) -> Value {
    let text = printed(directory, &[arguments, &["--json"]].concat());
    assert_eq!(text.lines().count(), 1, "one document on one line");
    serde_json::from_str(&text).unwrap()
}

/// The names of an object's fields.
fn fields(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn stats_has_the_fields_that_are_promised() {
    let document = document(&Directory::sample(), &["stats"]);
    assert_eq!(fields(&document), ["bytes", "directory", "entries", "functions", "max_bytes"]);
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
    assert_eq!(fields(&document), ["directory", "entries", "total"]);
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
    let names = ["bytes", "checked", "damaged", "directory", "foreign", "set_aside", "unreadable"];
    assert_eq!(fields(&document(&directory, &["verify"])), names);
    let diagnosed = document(&directory, &["doctor"]);
    assert_eq!(fields(&diagnosed), ["directory", "findings"]);
    let findings = diagnosed["findings"].as_array().unwrap();
    let checks: Vec<_> =
        findings.iter().map(|finding| finding["check"].as_str().unwrap()).collect();
    let expected = "layout permissions file_system claims catalog limits space leftovers";
    assert_eq!(checks, expected.split_whitespace().collect::<Vec<_>>());
    assert_eq!(fields(&findings[0]), ["advice", "check", "message", "severity"]);
    assert_eq!(fields(&document(&directory, &["runs"])), ["directory", "runs", "total"]);
    let plan = document(&directory, &["trim", "--max-entries", "1", "--dry-run"]);
    assert_eq!(fields(&plan), ["left", "reasons", "removals", "would_remove"]);
    assert_eq!(fields(&plan["removals"][0]), ["bytes", "function", "key", "reason"]);
    let trimmed = document(&directory, &["trim", "--max-entries", "4"]);
    assert_eq!(fields(&trimmed), ["left", "reasons", "refused", "removed", "spared"]);
    let cleared = document(&directory, &["clear", "normalize", "--yes"]);
    assert_eq!(fields(&cleared), ["bytes", "entries", "functions", "removed"]);
    assert_eq!(cleared["functions"], json!({ "orbits::clean::normalize<f32>": 1 }));
    let removed = document(&directory, &["rm", "0c"]);
    assert_eq!(removed["removed"].as_array().unwrap().len(), 1);
}

#[test]
fn a_document_has_no_colours_unless_asked_for_nothing_but_it_and_stays_whole_on_failure() {
    let directory = Directory::sample();
    let ran = run(&directory, &["show", "ffff", "--json"]);
    assert_eq!((ran.out.as_str(), ran.status), ("", Some(1)));
}

//! Results that are kept, and results that are not.

use crate::Counter;
use crate::check;
use crate::isolated;
use larder::cache;
use serde::Deserialize;
use serde::Serialize;
use std::rc::Rc;

type Fallible<T> = Result<T, String>;

static RESULT: Counter = Counter::new();

#[cache]
fn half(number: u64) -> Result<u64, &'static str> {
    RESULT.add();
    if number.is_multiple_of(2) { Ok(number / 2) } else { Err("odd") }
}

#[test]
fn an_error_is_not_kept() {
    isolated(|| {
        check(&RESULT, &Ok(2), || half(4));
        let before = RESULT.runs();
        assert_eq!(half(3), Err("odd"));
        assert_eq!(half(3), Err("odd"));
        assert_eq!(RESULT.runs(), before + 2);
        assert!(!half::is_cached(3));
    });
}

/// An error that serde knows nothing of.
#[derive(Debug, PartialEq)]
struct Plain;

static ALIAS: Counter = Counter::new();

#[cache]
fn aliased(number: u64) -> Fallible<u64> {
    ALIAS.add();
    number.checked_sub(1).ok_or_else(|| "zero".to_owned())
}

static QUESTION: Counter = Counter::new();

#[cache]
fn question(number: u64) -> Result<String, Plain> {
    QUESTION.add();
    let number = aliased(number).map_err(|_| Plain)?;
    Ok(number.to_string())
}

#[test]
fn aliases_of_result_and_the_question_mark_work() {
    isolated(|| {
        check(&ALIAS, &Ok(1), || aliased(2));
        check(&QUESTION, &Ok("2".to_owned()), || question(3));
        assert_eq!(question(0), Err(Plain));
        let before = ALIAS.runs();
        assert_eq!(aliased(0), Err("zero".to_owned()));
        assert_eq!(ALIAS.runs(), before + 1, "an error is computed anew");
    });
}

static OPTION: Counter = Counter::new();

#[cache]
fn option(number: u64) -> Option<u64> {
    OPTION.add();
    number.checked_sub(1)
}

#[test]
fn none_is_a_result_like_any_other() {
    isolated(|| {
        check(&OPTION, &None, || option(0));
    });
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct NotClone {
    parts: Vec<String>,
}

static NOT_CLONE: Counter = Counter::new();

#[cache]
fn not_clone(parts: Vec<String>) -> NotClone {
    NOT_CLONE.add();
    NotClone { parts }
}

#[test]
fn a_result_need_not_be_clone() {
    isolated(|| {
        let parts = vec!["a".to_owned()];
        check(&NOT_CLONE, &NotClone { parts: parts.clone() }, || not_clone(parts.clone()));
    });
}

static RC: Counter = Counter::new();

#[cache]
#[expect(clippy::rc_buffer, reason = "that it is not `Send` is what is tested")]
fn not_send(values: Rc<Vec<u8>>) -> Rc<str> {
    RC.add();
    format!("{values:?}").into()
}

#[test]
fn arguments_and_results_need_not_be_send() {
    isolated(|| {
        check(&RC, &Rc::from("[1]"), || not_send(Rc::new(vec![1])));
    });
}

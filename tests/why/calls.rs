//! Real functions: inputs, removals, modes, type arguments.

use crate::{Case, check};
use larder::{Mode, Removal, Why, cache, with_cache};
use serde::{Serialize, Serializer};
use std::fs;

#[cache(redact(token))]
fn simulate(seed: u64, steps: usize, token: &str) -> u64 {
    (0..steps as u64).fold(seed, u64::wrapping_add) + token.len() as u64
}

#[test]
fn a_result_that_is_there_is_found_and_asking_neither_computes_nor_keeps() {
    let case = Case::new();
    case.run(|| {
        check(&simulate::why(7, 10, ""), "never computed with these inputs");
        check(&simulate::why(7, 10, ""), "never computed with these inputs");
        simulate(7, 10, "");
        let why = simulate::why(7, 10, "");
        assert!(matches!(why, Why::Found { own_time, full_time, .. } if own_time <= full_time));
        let text = why.to_string();
        assert!(text.starts_with("found: it was computed less than a minute ago"));
    });
    assert_eq!(case.cache.stats().total().computed, 1);
    assert_eq!(case.files().len(), 1);
}

#[test]
fn inputs_that_differ_are_named_by_the_nearest_earlier_call() {
    let case = Case::new();
    case.run(|| {
        simulate(7, 1000, "secret");
        simulate(8, 2000, "secret");
        check(
            &simulate::why(7, 1001, "secret"),
            "never computed with these inputs; the nearest earlier call \
             (`seed: 7, steps: 1000, token: <redacted>`) differs in `steps`",
        );
        check(
            &simulate::why(8, 2000, "other"),
            "never computed with these inputs; the nearest earlier call \
             (`seed: 8, steps: 2000, token: <redacted>`) differs in `token`",
        );
        // Both are as near, so the later one counts.
        let Why::NeverComputed { nearest: Some(nearest), .. } = simulate::why(1, 2, "secret")
        else {
            panic!("there are two earlier calls");
        };
        assert_eq!(nearest.inputs, "seed: 8, steps: 2000, token: <redacted>");
        assert_eq!(nearest.differs, ["seed", "steps"]);
    });
}

/// The same function before and after its author thought of the secret.
mod secret {
    pub(super) mod before {
        #[larder::cache(name = "login")]
        pub(crate) fn login(user: &str, token: &str) -> usize {
            user.len() + token.len()
        }
    }

    pub(super) mod after {
        #[larder::cache(name = "login", redact(token))]
        pub(crate) fn login(user: &str, token: &str) -> usize {
            user.len() + token.len()
        }
    }
}

#[test]
fn what_is_redacted_by_now_is_not_shown_of_earlier_calls() {
    let case = Case::new();
    case.run(|| {
        secret::before::login("me", "secret");
        check(
            &secret::after::login::why("you", "secret"),
            "never computed with these inputs; the nearest earlier call differs in `user`",
        );
        secret::after::login("they", "secret");
        check(
            &secret::after::login::why("you", "secret"),
            "never computed with these inputs; the nearest earlier call \
             (`user: \"they\", token: <redacted>`) differs in `user`",
        );
    });
}

#[test]
fn what_was_removed_is_told_by_how_it_was() {
    let case = Case::new();
    case.run(|| {
        for seed in 0..3 {
            simulate(seed, 1, "");
        }
        assert!(simulate::forget(0, 1, "").unwrap());
        check(
            &simulate::why(0, 1, ""),
            "computed again because its result was forgotten less than a minute ago",
        );
        let files = case.files();
        for file in &files {
            fs::remove_file(file).unwrap();
        }
        let by_hand = "computed again because the file of its result was deleted by hand";
        check(&simulate::why(1, 1, ""), by_hand);
        assert_eq!(case.cache.entries().unwrap().count(), 0);
        check(&simulate::why(1, 1, ""), by_hand);

        simulate(1, 1, "");
        simulate::clear().unwrap();
        check(
            &simulate::why(1, 1, ""),
            "computed again because the results of this function were cleared less than a minute \
             ago",
        );
        let never = simulate::why(9, 9, "");
        assert!(matches!(never, Why::NeverComputed { nearest: None, cleared: Some(_), .. }));
        simulate(1, 1, "");
        check(
            &simulate::why(1, 2, ""),
            "not computed with these inputs since the results of this function were cleared less \
             than a minute ago; the nearest earlier call (`seed: 1, steps: 1, token: <redacted>`) \
             differs in `steps`",
        );
        assert!(matches!(simulate::why(1, 1, ""), Why::Found { .. }));
    });
}

#[test]
fn a_catalog_that_is_in_use_is_done_without() {
    let case = Case::new();
    case.run(|| {
        simulate(1, 1, "");
        simulate::forget(1, 1, "").unwrap();
        let listing = case.cache.entries().unwrap();
        check(&simulate::why(1, 1, ""), "never computed with these inputs");
        drop(listing);
        assert!(matches!(simulate::why(1, 1, ""), Why::Removed { how: Removal::Forgotten, .. }));
    });
}

#[test]
fn a_damaged_file_and_modes_in_which_nothing_is_looked_up_are_reasons() {
    let case = Case::new();
    case.run(|| simulate(1, 1, ""));
    let why = |mode| with_cache(&case.reopened(mode), || simulate::why(1, 1, ""));
    check(&why(Mode::Off), "computed because caching is switched off");
    check(&why(Mode::Refresh), "computed because the mode of the cache is to refresh everything");
    assert!(matches!(why(Mode::ReadOnly), Why::Found { .. }));
    let file = &case.files()[0];
    fs::write(file, &fs::read(file).unwrap()[1..]).unwrap();
    check(&why(Mode::On), "computed again because the file of its result is damaged");
}

#[cache]
fn mean<T: Copy + Into<f64> + Serialize>(values: &[T]) -> f64 {
    values.iter().map(|value| (*value).into()).sum::<f64>() / 2.0
}

#[test]
fn results_for_other_type_arguments_are_told_from_none() {
    let case = Case::new();
    case.run(|| {
        mean::<f32>(&[]);
        check(
            &mean::why::<f64>(&[]),
            "never computed with these inputs and `<f64>`, only with `<f32>`",
        );
        check(&mean::why::<f64>(&[1.0]), "never computed with these inputs");
        assert!(matches!(mean::why::<f32>(&[]), Why::Found { .. }));
    });
}

struct Broken;

impl Serialize for Broken {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("it is broken"))
    }
}

#[cache]
fn broken(_: &Broken) -> u8 {
    1
}

#[derive(Serialize)]
struct Model {
    weight: f64,
}

#[cache]
impl Model {
    #[cache]
    fn predict(&self, x: f64) -> f64 {
        self.weight * x
    }
}

#[cache]
async fn later(x: u64) -> u64 {
    std::future::ready(x).await
}

#[test]
fn every_form_of_function_can_be_asked() {
    let case = Case::new();
    case.run(|| {
        check(
            &broken::why(&Broken),
            "computed because its inputs cannot be hashed: the value's `Serialize` failed: it is \
             broken",
        );
        let (one, two) = (Model { weight: 1.0 }, Model { weight: 2.0 });
        one.predict(3.0);
        check(
            &Model::predict_cache().why(&two, 3.0),
            "never computed with these inputs; the nearest earlier call \
             (`self: Model { weight: 1.0 }, x: 3.0`) differs in `self`",
        );
        // Not to be awaited, as nothing is computed.
        check(&later::why(1), "never computed with these inputs");
        assert_eq!(later::code(), later::code());
        assert_eq!(Model::predict_cache().code(), Model::predict_cache().code());
        assert_eq!(mean::code::<f32>(), mean::code::<f64>());
    });
}

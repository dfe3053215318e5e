//! Code that changed between two builds.

use crate::versions::{SPEC, batch, call, parts, version, why};
use crate::{Case, check};
use larder::__private::Spec;
use larder::{Edit, ItemKind, Mode, Why, with_cache};
use std::fs;

const FUNCTION: u8 = 1;
const DEPENDENCY: u8 = 11;
const EDITION: u8 = 12;

#[test]
fn code_that_changed_is_told_item_by_item() {
    let before = version(Spec {
        fingerprint: "1",
        parts: parts(&[
            (FUNCTION, "app::clean", 1, ""),
            (FUNCTION, "app::clean::normalize", 2, ""),
            (FUNCTION, "app::clean::strip", 3, ""),
            (DEPENDENCY, "unicode", 4, "1.0.1"),
            (EDITION, "app", 5, "2021"),
        ]),
        cfgs: &[("feature = \"fast\"", false)],
        ..SPEC
    });
    let after = version(Spec {
        fingerprint: "2",
        parts: parts(&[
            (FUNCTION, "app::clean", 1, ""),
            (FUNCTION, "app::clean::fold", 8, ""),
            (FUNCTION, "app::clean::normalize", 9, ""),
            (DEPENDENCY, "unicode", 7, "1.0.2"),
            (EDITION, "app", 6, "2024"),
        ]),
        cfgs: &[("feature = \"fast\"", true)],
        ..SPEC
    });
    let case = Case::new();
    case.run(|| {
        call(before, "a");
        let Why::CodeChanged { changes, .. } = why(after, "a") else { panic!() };
        let texts: Vec<_> = changes.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "the edition of `app` went from 2021 to 2024",
                "`app::clean::normalize` was edited",
                "`cfg(feature = \"fast\")` is true now",
                "`unicode` went from 1.0.1 to 1.0.2",
                "`app::clean::fold` was added",
                "`app::clean::strip` was removed",
            ]
        );
        let dependency = &changes[3];
        assert_eq!((dependency.kind, dependency.edit), (ItemKind::Dependency, Edit::Edited));
        assert_eq!(dependency.before.as_deref(), Some("1.0.1"));
        check(
            &why(after, "a"),
            "computed again because the edition of `app` went from 2021 to 2024, \
             `app::clean::normalize` was edited, `cfg(feature = \"fast\")` is true now and 3 more \
             items changed",
        );
        // What was never computed is not for a change of the code to explain.
        check(
            &why(after, "b"),
            "never computed with these inputs; the nearest earlier call (`text: \"a\"`) differs in \
             `text`",
        );
        call(after, "a");
        assert!(matches!(why(after, "a"), Why::Found { .. }));
        assert!(matches!(why(before, "a"), Why::Found { .. }), "an undone edit finds it again");
    });
    assert_eq!(fs::read_dir(case.folder().join("code")).unwrap().count(), 2);
}

#[test]
fn the_latest_result_is_the_one_to_compare_with() {
    let of = |fingerprint, digest| {
        let parts = parts(&[(FUNCTION, "app::clean", 1, ""), (FUNCTION, "app::last", digest, "")]);
        version(Spec { fingerprint, parts, ..SPEC })
    };
    let edited = |path: &str| {
        version(Spec {
            fingerprint: "other",
            parts: parts(&[(FUNCTION, "app::clean", 2, ""), (FUNCTION, path, 1, "")]),
            ..SPEC
        })
    };
    let case = Case::new();
    case.run(|| {
        call(edited("app::first"), "a");
        call(of("1", 7), "a");
        check(&why(of("2", 8), "a"), "computed again because `app::last` was edited");
    });
}

#[test]
fn a_new_version_is_told_before_what_else_changed() {
    let code = |digest| parts(&[(FUNCTION, "app::clean", digest, "")]);
    let before = version(Spec { version: 1, fingerprint: "1", parts: code(1), ..SPEC });
    let after = version(Spec { version: 2, fingerprint: "2", parts: code(2), ..SPEC });
    let case = Case::new();
    case.run(|| {
        call(before, "a");
        check(&why(after, "a"), "computed again because `version` went from 1 to 2");
        let expected = Why::to_string(&why(after, "a"));
        assert_eq!(
            with_cache(&case.reopened(Mode::ReadOnly), || why(after, "a").to_string()),
            expected
        );
    });
}

#[test]
fn of_code_that_is_not_known_only_the_change_is_told() {
    let unknown = "computed again because its code changed, in what is not known";
    let of = |fingerprint, parts| version(Spec { fingerprint, parts, ..SPEC });
    let known = of("1", parts(&[(FUNCTION, "app::clean", 1, "")]));
    let edited = of("2", parts(&[(FUNCTION, "app::clean", 2, "")]));
    let case = Case::new();
    case.run(|| {
        call(known, "a");
        check(&why(of("3", b""), "a"), unknown);
        check(&why(of("4", b"\x01\xff damaged"), "a"), unknown);
        check(&why(edited, "a"), "computed again because `app::clean` was edited");
        let file = fs::read_dir(case.folder().join("code")).unwrap().next().unwrap().unwrap();
        fs::write(file.path(), "damaged").unwrap();
        check(&why(edited, "a"), unknown);
        fs::remove_file(file.path()).unwrap();
        check(&why(edited, "a"), unknown);
    });
}

#[test]
fn what_is_known_of_code_is_written_once_and_again_after_its_folder_is_gone() {
    let code = version(Spec {
        fingerprint: "1",
        parts: parts(&[(FUNCTION, "app::clean", 1, "")]),
        ..SPEC
    });
    let case = Case::new();
    let described = || fs::read_dir(case.folder().join("code")).map_or(0, Iterator::count);
    case.run(|| {
        call(code, "a");
        let file = fs::read_dir(case.folder().join("code")).unwrap().next().unwrap().unwrap();
        let written = file.metadata().unwrap().modified().unwrap();
        call(code, "b");
        assert_eq!(described(), 1);
        assert_eq!(file.metadata().unwrap().modified().unwrap(), written);
        larder::clear().unwrap();
        assert!(!file.path().exists());
        call(code, "c");
        assert_eq!(described(), 1);
        fs::remove_dir_all(case.folder()).unwrap();
        call(code, "a");
        assert_eq!(described(), 1);
        fs::remove_dir_all(case.folder().join("code")).unwrap();
    });
    with_cache(&case.reopened(Mode::ReadOnly), || call(code, "d"));
    assert_eq!(described(), 0, "who only reads writes nothing");
    with_cache(&case.reopened(Mode::On), || call(code, "d"));
    assert_eq!(described(), 1);
    assert_eq!(case.cache.entries().unwrap().count(), 2, "what is known of code is no entry");
}

#[test]
fn where_nothing_can_be_written_about_code_the_result_is_kept_and_one_warning_given() {
    let case = Case::new();
    let code = version(Spec { fingerprint: "1", ..SPEC });
    case.run(|| {
        call(code, "a");
        fs::remove_dir_all(case.folder().join("code")).unwrap();
        fs::write(case.folder().join("code"), "a file").unwrap();
    });
    let later = case.reopened(Mode::On);
    with_cache(&later, || assert_eq!(batch(code, &["a", "bb", "ccc"]), [1, 2, 3]));
    assert_eq!(case.cache.entries().unwrap().count(), 3);
    let warnings = later.stats().warnings;
    assert!(warnings.len() == 1 && warnings[0].0.contains("is no folder"), "{warnings:?}");
    assert_eq!(warnings[0].1, 1);
}

//! What is found, and that it comes with what to do.

use super::*;

fn volume() -> Volume {
    Volume { kind: Some("ext4"), remote: false, read_only: false, free: 50, total: 100 }
}

fn denied<T>() -> io::Result<T> {
    Err(io::ErrorKind::PermissionDenied.into())
}

fn survey() -> Survey<Shard> {
    Survey { ours: Vec::new(), foreign: Vec::new(), refused: Vec::new() }
}

fn refused(count: usize) -> Survey<Shard> {
    let refused = || ("entries/f-00".into(), io::ErrorKind::PermissionDenied.into());
    Survey { refused: (0..count).map(|_| refused()).collect(), ..survey() }
}

fn rights(write: bool, mode: u32) -> Rights {
    Rights { write, mode: Some(mode) }
}

/// One of each kind that there is.
fn all() -> Vec<Finding> {
    let nothing = Condition::default();
    let died = Condition { opening: true, ..nothing };
    let held = Condition { state: CatalogState::Held, ..nothing };
    let damaged = Condition { was_damaged: true, ..nothing };
    let many = Condition { journals: 70, ..nothing };
    let obstructed = Condition { obstructed: Some(("journal", "folder")), ..nothing };
    let remote = Volume { remote: true, ..volume() };
    let fixed = Volume { read_only: true, ..volume() };
    let full = Volume { free: 4, ..volume() };
    let missing = || io::Error::from(io::ErrorKind::NotFound);
    let totals = || Ok(Some(Totals::default()));
    let foreign = Survey { foreign: vec!["notes".into()], ..survey() };
    vec![
        layout(false, &[], &Ok(survey())),
        layout(true, &["entries"], &Ok(survey())),
        layout(true, &[], &denied()),
        layout(true, &[], &Ok(refused(2))),
        layout(true, &[], &Ok(foreign)),
        layout(true, &[], &Ok(survey())),
        permissions(&denied()),
        permissions(&Ok(rights(false, 0o555))),
        permissions(&Ok(rights(true, 0o777))),
        permissions(&Ok(rights(true, 0o770))),
        permissions(&Ok(rights(true, 0o700))),
        file_system(&volume()),
        file_system(&remote),
        file_system(&fixed),
        claims(&Ok(Exclusion::Works), true),
        claims(&Ok(Exclusion::Absent), true),
        claims(&Ok(Exclusion::Fails), true),
        claims(&Ok(Exclusion::Obstructed), true),
        claims(&denied(), true),
        claims(&denied(), false),
        claims(&Err(missing()), true),
        claims(&Err(io::Error::other("no locks")), true),
        catalog(&nothing),
        catalog(&died),
        catalog(&held),
        catalog(&damaged),
        catalog(&many),
        catalog(&obstructed),
        limits(&[("totals", Unusable::Obstructed)], &totals()),
        limits(&[("totals", Unusable::Refused)], &totals()),
        limits(&[], &totals()),
        limits(&[], &Ok(None)),
        limits(&[], &denied()),
        space(&Ok(volume())),
        space(&Ok(full)),
        space(&denied()),
        leftovers(0, 0),
        leftovers(1, 0),
        leftovers(0, 1),
        leftovers(1, 1),
    ]
}

// Seven kinds said what was wrong and left it at that.
#[test]
fn what_is_not_good_says_what_to_do_and_what_is_good_asks_for_nothing() {
    for finding in all() {
        let is_good = finding.severity == Severity::Good;
        assert_eq!(finding.advice.is_none(), is_good, "{finding:?}");
        assert!(finding.advice.is_none_or(|advice| advice.len() > 10));
    }
}

// The advice was to remove a file that is all right, and another user's.
#[test]
fn what_one_may_not_write_is_not_to_be_removed() {
    let unusable = [("totals", Unusable::Refused), ("trim.lock", Unusable::Obstructed)];
    let finding = limits(&unusable, &Ok(None));
    let advice = finding.advice.as_deref().unwrap_or_default();
    assert!(advice.contains("remove `trim.lock`: "), "{advice}");
    assert!(advice.contains("right to write `totals` "), "{advice}");
    assert!(finding.message.starts_with("`totals` and `trim.lock` cannot be used"));
}

#[test]
fn a_folder_that_cannot_be_listed_is_a_problem_that_names_it() {
    let found = layout(true, &[], &Ok(refused(3)));
    let expected = "`entries/f-00` cannot be listed: permission denied; so it is with 2 others";
    assert_eq!((found.severity, &*found.message), (Severity::Problem, expected));
}

#[test]
fn a_file_system_is_told_of_by_what_it_means_for_a_cache() {
    let check = |volume: &Volume, severity, message: &str| {
        let found = file_system(volume);
        assert_eq!((found.severity, &*found.message), (severity, message));
    };
    check(&volume(), Severity::Good, "ext4");
    let remote = Volume { kind: Some("nfs"), remote: true, ..volume() };
    check(&remote, Severity::Note, "nfs, which may be on another machine");
    let fixed = Volume { read_only: true, ..volume() };
    check(&fixed, Severity::Warning, "ext4, mounted for reading only");
    let odd = Volume { kind: None, ..volume() };
    check(&odd, Severity::Good, "of a kind that larder has no name for");
}

#[test]
fn a_twentieth_of_the_file_system_is_little_room() {
    assert_eq!(space(&Ok(volume())).severity, Severity::Good);
    let full = space(&Ok(Volume { free: 4, ..volume() }));
    assert_eq!((full.severity, &*full.message), (Severity::Warning, "4 B of 100 B are free"));
}

#[test]
fn each_state_of_the_catalog_has_words_of_its_own() {
    let said = |condition: Condition| {
        let found = catalog(&condition);
        (found.severity, found.message)
    };
    let nothing = Condition::default();
    assert_eq!(said(nothing), (Severity::Good, "none yet; no journals".into()));
    let some = Condition {
        state: CatalogState::Free,
        journals: 2,
        live: 1,
        journal_bytes: 2048,
        ..nothing
    };
    let journals = "2 journals (2 KiB), 1 of programs that run";
    assert_eq!(said(some), (Severity::Good, format!("free; {journals}")));
    let held = Condition { state: CatalogState::Held, opening: true, ..some };
    assert_eq!(said(held), (Severity::Good, format!("in use by a program; {journals}")));
    let died = Condition { opening: true, ..nothing };
    let expected = "a program ended while it had it open; no journals";
    assert_eq!(said(died), (Severity::Note, expected.into()));
    let many = Condition { journals: 70, ..nothing };
    assert_eq!(said(many).0, Severity::Note);
    let obstructed = Condition { obstructed: Some(("journal", "folder")), ..some };
    let expected = "what stands in the place of `journal` is no folder";
    assert_eq!(said(obstructed), (Severity::Problem, expected.into()));
}

//! One folder of results that cannot be listed, as one of another user: the others are kept within limits,
//! checked, found and cleared as if it were not there, and it is told of.

use super::children::{Place, in_the_default_place, set_modes, without_rights};
use super::{call, log::Log, one_cause, with_cache};
use larder::{Cache, Limits, cache};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[cache]
fn other(x: u64) -> u64 {
    x
}

/// The folder of a function of this name.
fn folder(cache: &Path, name: &str) -> PathBuf {
    let folders = fs::read_dir(cache.join("entries")).expect("it is ours");
    let mut folders = folders.map(|folder| folder.expect("an entry").path());
    let start = format!("{name}-");
    let is_it = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&start))
    };
    folders.find(is_it).expect("it has results")
}

pub(super) fn child(log: &Log) {
    in_the_default_place(|cache, _| {
        let directory = cache.directory().expect("it is on");
        let hidden = folder(directory, "other");
        let is_hidden = |path: &Path| directory.join(path) == hidden;
        let there = || cache.inventory().expect("it can be listed").entries();
        // In the background, to the limit that the parent set: some may go before they are looked for.
        (0..200).for_each(|_| _ = call());
        let end = Instant::now() + Duration::from_mins(1);
        while there() > 100 {
            assert!(Instant::now() < end, "{} results are left", there());
            std::thread::sleep(Duration::from_millis(10));
        }
        one_cause(cache, log, "Permission denied");
        // That has an end before what is counted exactly.
        cache.clone().close();
        let cache = Cache::builder().max_bytes(u64::MAX).open().expect("it is there");
        with_cache(&cache, || exactly(&cache, &hidden, is_hidden));
    });
}

fn exactly(cache: &Cache, hidden: &Path, is_hidden: impl Fn(&Path) -> bool) {
    let there = || cache.inventory().expect("it can be listed").entries();
    let trimmed = cache.trim(Limits::none().max_entries(5)).expect("the others can be listed");
    assert_eq!((trimmed.left.entries, trimmed.refused.entries), (5, 0));
    assert!(is_hidden(&trimmed.unlisted[0].path), "{trimmed:?}");
    let text = trimmed.to_string();
    assert!(text.ends_with(", and what is in a folder that cannot be listed"), "{text}");
    let plan = cache.plan_trim(Limits::none().max_entries(1)).expect("so they can");
    assert_eq!((plan.removals.len(), plan.unlisted.len()), (4, 1));

    let verified = cache.verify().expect("the others can be listed");
    assert_eq!((verified.checked, verified.unlisted.len()), (5, 1));
    assert!(is_hidden(&verified.unlisted[0].path), "{verified}");
    assert!(verified.to_string().contains("cannot be listed: Permission denied"), "{verified}");
    assert_eq!(cache.inventory().expect("they can").unlisted, verified.unlisted);
    let found = cache.diagnose().expect("it is ours");
    let layout = &found[0];
    assert!(layout.message.contains("cannot be listed"), "{layout}");

    let keys = cache.find("").expect("what is found is found");
    assert_eq!(keys.len(), 5);
    assert_eq!(cache.find(&keys[0]).expect("it is in another folder"), keys[..1]);
    // Of what is not found, nobody knows whether it is in there.
    let shown = |error: larder::Error| {
        assert_eq!(error.kind(), larder::ErrorKind::Io);
        error.to_string()
    };
    let name = hidden.display().to_string();
    let missing = cache.find("other-/ab").expect_err("it may be there");
    assert_eq!(shown(missing), format!("could not list `{name}`"));

    let refused = cache.clear().expect_err("one cannot be moved");
    assert_eq!(shown(refused), format!("could not clear `{name}`"));
    assert_eq!((there(), hidden.exists()), (0, true));
    assert!(call() && there() == 1);
}

// Listing it failed, and with it all that goes over the folders: so nothing was ever removed, and the
// directory grew beyond every limit.
#[test]
fn a_folder_that_cannot_be_listed_does_not_keep_the_others_from_being_kept_within_limits() {
    let Some(without_rights) = without_rights() else { return };
    let place = Place::new();
    let cache = place.fill();
    {
        // As faults are for the whole process, those of other tests kept this from being kept.
        let _turn = super::refusals::turn();
        with_cache(&cache, || assert_eq!(other(1), 1));
        cache.close();
    }
    set_modes(&place.cache(), 0o777, 0o666);
    let hidden = folder(&place.cache(), "other");
    let set =
        |mode| fs::set_permissions(&hidden, Permissions::from_mode(mode)).expect("it is ours");
    set(0o000);
    place.run(without_rights, "true", "folder", &[("LARDER_MAX_BYTES", "20 KB")], || {});
    set(0o700);
    // What is in it is as it was.
    let cache = Cache::open(place.cache()).expect("it is ours");
    with_cache(&cache, || assert!(other::is_cached(1)));
}

//! Directories whose files are damaged: never a wrong value, never a panic that reaches the caller,
//! never memory out of proportion, never a hang; and what was damaged is whole again afterwards.
//!
//! `cargo bench --bench damage` makes many more of these trials.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic for")]
#![expect(clippy::print_stderr, reason = "a trial that hangs is to be seen before the end")]

mod abort;
mod forged;
mod mutation;
mod random;
mod subject;
mod trial;
mod verification;

use peak_alloc::PeakAlloc;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What one test allocates must not be taken for what another does.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn several_hundred_damaged_directories_lead_to_right_values_and_are_mended() {
    let _alone = alone();
    let report = trial::run(1..401, MEMORY);
    println!("{report}");
    // Trials that do no damage would show nothing.
    assert!(report.damaged_results > 200 && report.damaged_catalogs > 20, "{report}");
}

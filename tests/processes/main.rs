//! Whole processes, as users run them: this test program starts itself and says what to do.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic for")]

mod children;
mod functions;
mod single;
mod tasks;

// What follows is about claims, which there are on Linux.
#[cfg(target_os = "linux")]
mod access;
#[cfg(target_os = "linux")]
mod catalog;
#[cfg(target_os = "linux")]
mod ends;
#[cfg(target_os = "linux")]
mod fallback;
#[cfg(target_os = "linux")]
mod removal;
#[cfg(target_os = "linux")]
mod together;

/// What the children run. As a test of its own it has nothing to do.
#[test]
fn child() {
    if let Ok(task) = std::env::var(children::TASK) {
        tasks::run(&task);
    }
}

//! The time to the second, as cheaply as the system tells it.

/// Seconds since 1970; zero for a clock that is set before.
#[inline]
pub(crate) fn seconds() -> u64 {
    // A few nanoseconds, as the system keeps it at hand; some milliseconds behind at most. rustix would
    // look for the function in the process itself, which ends it under valgrind.
    #[cfg(target_os = "linux")]
    let seconds = {
        use nix::time::{ClockId, clock_gettime};
        let time = clock_gettime(ClockId::CLOCK_REALTIME_COARSE);
        time.map_or(0, |time| u64::try_from(time.tv_sec()).unwrap_or(0))
    };
    #[cfg(not(target_os = "linux"))]
    let seconds = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs();
    seconds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_time_of_the_system() {
        let system = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
        assert!(seconds().abs_diff(system) <= 2);
    }
}

//! The time to the second, as cheaply as the system tells it.

/// Seconds since 1970; zero for a clock that is set before.
#[inline]
pub(crate) fn seconds() -> u64 {
    // A few nanoseconds, as the system keeps it at hand; some milliseconds behind at most.
    #[cfg(target_os = "linux")]
    let seconds = {
        use rustix::time::{ClockId, clock_gettime};
        u64::try_from(clock_gettime(ClockId::RealtimeCoarse).tv_sec).unwrap_or(0)
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

//! How long to wait for another process that computes the same key.

use crate::flight::Kind;
use crate::store::{Holder, RANKS, State};
use std::time::{Duration, Instant};

/// Looking whether it is done costs two system calls, so looks get rarer the longer it takes. What
/// is found late by that is a small part of the time waited for.
const PAUSES: (Duration, Duration) = (Duration::from_micros(50), Duration::from_millis(10));

/// After so long, and twice as long each time, whoever waits says for whom.
const SAYS: Duration = Duration::from_secs(5);

/// A process that has ended lets go of its claims within this time, unless something is wrong: if
/// it was copied while it had them, so that the copy has them too. Who asks has to have asked often
/// enough, too, as time alone goes by where nobody gets to run.
const ENDING: Duration = Duration::from_secs(1);
const ENDING_ASKS: u32 = 50;

/// One caller's wait for other processes. It reads no clock and does not sleep.
#[derive(Debug)]
pub(crate) struct Others {
    kind: Kind,
    since: Option<Instant>,
    /// Since when the holder was seen to have ended, and how often.
    ending: Option<(Instant, u32)>,
    /// The last holder that could not be seen.
    unseen: Option<Holder>,
    rank: u8,
    says: Duration,
}

/// What to do about a key that another process has claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Ask again after this time.
    Pause(Duration),
    /// Ask at once for the next rank: this one was waited for long enough.
    Retry,
    /// Compute as well.
    Compute,
}

impl Others {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind, since: None, ending: None, unseen: None, rank: 0, says: SAYS }
    }

    /// The rank of the claim to ask for.
    pub(crate) fn rank(&self) -> u8 {
        self.rank
    }

    /// Whether any were met.
    pub(crate) fn were_met(&self) -> bool {
        self.since.is_some() || self.gave_up()
    }

    /// Whether waiting for one of them took too long.
    pub(crate) fn gave_up(&self) -> bool {
        self.rank > 0
    }

    /// `holder` has the claim now, and whoever may not wait without bound waits for `bound`.
    pub(crate) fn meet(
        &mut self,
        holder: Holder,
        bound: Duration,
        function: &str,
        now: Instant,
    ) -> Next {
        let waited = now.saturating_duration_since(*self.since.get_or_insert(now));
        if waited >= bound && !self.may_go_on(holder, holder.state(), now) {
            (self.since, self.ending, self.unseen) = (None, None, None);
            self.rank += 1;
            return if self.rank < RANKS { Next::Retry } else { Next::Compute };
        }
        if waited >= self.says {
            self.says *= 2;
            tracing::info!(function, "waiting for {holder} for {waited:.0?} now");
        }
        let pause = (waited / 8).clamp(PAUSES.0, PAUSES.1);
        // A bound that is near is met, one that is over is none.
        let left = bound.saturating_sub(waited);
        Next::Pause(if left == Duration::ZERO { pause } else { pause.min(left) })
    }
}

impl Others {
    /// Whether to wait for longer than the bound for a holder in this state.
    fn may_go_on(&mut self, holder: Holder, state: State, now: Instant) -> bool {
        if state != State::Ending {
            self.ending = None;
        }
        match state {
            _ if self.kind != Kind::Thread => false,
            State::Running => true,
            State::Ending => {
                let (since, asks) = self.ending.get_or_insert((now, 0));
                *asks += 1;
                now - *since < ENDING || *asks <= ENDING_ASKS
            }
            // It had the claim a moment ago. If it has it still, it did not end in between.
            State::Unseen => self.unseen.replace(holder) != Some(holder),
            State::Doubtful => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUND: Duration = Duration::from_millis(20);
    const UNKNOWN: Holder = Holder(None);

    /// What a caller of this kind does that meets `holder` again and again, and when it is done with
    /// it, if that is within a minute.
    fn wait(kind: Kind, holder: Holder) -> (Others, Option<Duration>) {
        let (started, mut others) = (Instant::now(), Others::new(kind));
        let mut now = started;
        while now - started < Duration::from_mins(1) {
            match others.meet(holder, BOUND, "f", now) {
                Next::Pause(pause) => now += pause,
                Next::Retry => {}
                Next::Compute => return (others, Some(now - started)),
            }
        }
        (others, None)
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn only_a_thread_waits_without_bound_and_only_for_a_process_that_runs() {
        let running = Holder(Some(std::os::unix::process::parent_id()));
        let (others, done) = wait(Kind::Thread, running);
        assert_eq!((others.rank(), done), (0, None));
        for (kind, holder) in
            [(Kind::Thread, UNKNOWN), (Kind::Worker, running), (Kind::Task, running)]
        {
            let (others, done) = wait(kind, holder);
            assert_eq!(done, Some(BOUND * u32::from(RANKS)), "{kind:?}");
            assert!(others.gave_up() && others.were_met());
        }
    }

    #[test]
    fn a_holder_that_ended_is_given_a_moment_to_let_go() {
        let (mut others, started) = (Others::new(Kind::Thread), Instant::now());
        let at = |millis| started + Duration::from_millis(millis);
        assert!(others.may_go_on(UNKNOWN, State::Ending, at(0)));
        assert!(others.may_go_on(UNKNOWN, State::Ending, at(999)));
        // It was another one.
        assert!(others.may_go_on(UNKNOWN, State::Running, at(1000)));
        // However long nobody gets to run, it is asked some times.
        assert!((0..ENDING_ASKS).all(|ask| others.may_go_on(
            UNKNOWN,
            State::Ending,
            at(1001 + 5_000 * u64::from(ask))
        )));
        assert!(!others.may_go_on(UNKNOWN, State::Ending, at(300_000)));
        assert!(!Others::new(Kind::Worker).may_go_on(UNKNOWN, State::Ending, at(0)));
    }

    // A process that ended between being named as the holder and being looked at was taken for one
    // that is out of sight, and the wait for it counted as given up.
    #[test]
    fn a_holder_that_cannot_be_seen_is_asked_for_once_more() {
        let gone = |id| Holder(Some(u32::MAX - id));
        let (mut others, started) = (Others::new(Kind::Thread), Instant::now());
        let mut meet = |holder| others.meet(holder, BOUND, "f", started + 2 * BOUND);
        // The wait begins here.
        assert!(matches!(meet(gone(0)), Next::Pause(_)));
        let mut meet = |holder| others.meet(holder, BOUND, "f", started + 4 * BOUND);
        assert!(matches!(meet(gone(0)), Next::Pause(_)));
        assert!(matches!(meet(gone(1)), Next::Pause(_)));
        assert_eq!(meet(gone(1)), Next::Retry);
    }

    #[test]
    fn pauses_grow_with_the_time_waited_and_end_with_the_bound() {
        let (started, mut others) = (Instant::now(), Others::new(Kind::Worker));
        let mut at = |millis: f64| {
            let now = started + Duration::from_secs_f64(millis / 1e3);
            others.meet(UNKNOWN, BOUND, "f", now)
        };
        assert_eq!(at(0.0), Next::Pause(PAUSES.0));
        assert_eq!(at(8.0), Next::Pause(Duration::from_millis(1)));
        assert_eq!(at(19.5), Next::Pause(Duration::from_micros(500)));
        assert_eq!(at(20.0), Next::Retry);
        assert_eq!(at(20.0), Next::Pause(PAUSES.0));
    }
}

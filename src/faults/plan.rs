//! Which faults are set: `kill@EntryLink#3,28@EntryWrite#1+`.
//!
//! ```text
//! kill | stop | <number>   what happens: SIGKILL, SIGSTOP, or an error of the system
//! @<step>                  before which step
//! #<n> | #<n>+             the n-th time only, or from then on; the first time where left out
//! ```

use super::Step;

/// What happens at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Kill,
    Stop,
    /// The error of the system with this number.
    Fail(i32),
}

/// One fault, and how often its step was reached.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) step: Step,
    action: Action,
    /// Counted from one.
    first: u64,
    /// Also each time after the first.
    on: bool,
    reached: u64,
}

impl Fault {
    /// Takes note that the step was reached once more; what happens now, if anything does.
    pub(super) fn reach(&mut self) -> Option<Action> {
        self.reached += 1;
        let due = self.reached == self.first || (self.on && self.reached > self.first);
        due.then_some(self.action)
    }
}

/// The faults in a text; `None` if it cannot be understood.
pub(super) fn parse(text: &str) -> Option<Vec<Fault>> {
    text.split(',').filter(|one| !one.trim().is_empty()).map(|one| fault(one.trim())).collect()
}

fn fault(text: &str) -> Option<Fault> {
    let (action, place) = text.split_once('@')?;
    let (step, times) = place.split_once('#').unwrap_or((place, "1"));
    let step = Step::ALL.into_iter().find(|one| format!("{one:?}") == step)?;
    let action = match action {
        "kill" => Action::Kill,
        "stop" => Action::Stop,
        number => Action::Fail(number.parse().ok()?),
    };
    let (first, on) = times.strip_suffix('+').map_or((times, false), |first| (first, true));
    Some(Fault { step, action, first: first.parse().ok()?, on, reached: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_happens_at_its_occurrence_and_not_at_others() {
        let mut faults = parse("kill@EntryLink#3, 28@EntryWrite#2+,stop@Delete").unwrap();
        let mut reach = |index: usize| -> Vec<_> {
            let fault: &mut Fault = &mut faults[index];
            (0..4).map(|_| fault.reach()).collect()
        };
        assert_eq!(reach(0), [None, None, Some(Action::Kill), None]);
        let full = Some(Action::Fail(28));
        assert_eq!(reach(1), [None, full, full, full]);
        assert_eq!(reach(2), [Some(Action::Stop), None, None, None]);
    }

    #[test]
    fn what_means_nothing_is_refused_as_a_whole() {
        for text in ["kill", "kill@Nowhere", "die@Delete", "kill@Delete#x", "kill@Delete,x"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(""), Some(Vec::new()));
    }

    #[test]
    fn every_step_is_listed_once() {
        let mut steps = Step::ALL.to_vec();
        steps.sort_unstable();
        steps.dedup();
        assert_eq!(steps.len(), Step::MergeForget as usize + 1);
    }
}

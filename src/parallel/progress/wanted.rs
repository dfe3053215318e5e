//! Whether and how a batch is shown: what its user asked for, and what `LARDER_PROGRESS` says.

use super::ProgressSink;
use super::terminal::Terminal;
use std::sync::{Arc, LazyLock};

/// How the progress of a batch or stream is shown: see
/// [`Parallel::progress`](crate::Parallel::progress).
///
/// | value | on a terminal | elsewhere |
/// |---|---|---|
/// | [`off`](Self::off), `false` | nothing | nothing |
/// | [`auto`](Self::auto), `true`, a label | a line that changes in place | nothing |
/// | [`on`](Self::on) | a line that changes in place | a line now and then |
/// | [`lines`](Self::lines) | a line now and then | a line now and then |
/// | [`to`](Self::to) | what the sink does | what the sink does |
///
/// The terminal is that of the error output; one that calls itself "dumb" is none. Lines come after
/// 2, 4, 8, 16, 32 and 64 seconds, then once a minute, and at the end. Programs that are built
/// without larder's feature `progress` draw nothing and write lines on terminals too.
///
/// The variable `LARDER_PROGRESS` has a say, read once: with `on`, all batches that do not say
/// otherwise in code are shown as by [`on`](Self::on); with `lines`, they and those that do are shown
/// as by [`lines`](Self::lines); with `off`, none is, but by sinks.
///
/// ```
/// use larder::progress::Progress;
///
/// let labelled = Progress::auto().label("resizing");
/// let the_same = Progress::from("resizing");
/// assert_eq!(format!("{labelled:?}"), format!("{the_same:?}"));
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Progress {
    how: How,
    label: Option<String>,
}

#[derive(Debug, Clone)]
enum How {
    Off,
    Auto,
    On,
    Lines,
    Sink(Arc<dyn ProgressSink>),
}

impl Progress {
    /// Nothing is shown.
    pub fn off() -> Self {
        Self { how: How::Off, label: None }
    }

    /// A line on a terminal that changes in place; nothing where the error output is no terminal.
    pub fn auto() -> Self {
        Self { how: How::Auto, label: None }
    }

    /// A line on a terminal that changes in place; elsewhere, a line now and then.
    pub fn on() -> Self {
        Self { how: How::On, label: None }
    }

    /// A line now and then.
    pub fn lines() -> Self {
        Self { how: How::Lines, label: None }
    }

    /// Nothing is printed; the sink is told.
    ///
    /// ```
    /// use larder::Parallel;
    /// use larder::progress::{Progress, ProgressSink, ProgressState};
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    ///
    /// #[derive(Debug, Default)]
    /// struct Counter(AtomicU64);
    ///
    /// impl ProgressSink for Counter {
    ///     fn update(&self, _: &ProgressState) {}
    ///
    ///     fn finish(&self, state: &ProgressState) {
    ///         self.0.store(state.computed, Ordering::Relaxed);
    ///     }
    /// }
    ///
    /// let counter = Arc::new(Counter::default());
    /// let parallel = Parallel::new().progress(Progress::to(counter.clone()));
    /// parallel.map(0..10_u64, |number: u64| number + 1)?;
    /// assert_eq!(counter.0.load(Ordering::Relaxed), 10);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to(sink: Arc<dyn ProgressSink>) -> Self {
        Self { how: How::Sink(sink), label: None }
    }

    /// What the batch is called, in place of the function's name.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub(in crate::parallel) fn name(&self) -> Option<&str> {
        self.label.as_deref()
    }
}

impl From<bool> for Progress {
    fn from(shown: bool) -> Self {
        if shown { Self::auto() } else { Self::off() }
    }
}

impl From<&str> for Progress {
    fn from(label: &str) -> Self {
        Self::auto().label(label)
    }
}

impl From<String> for Progress {
    fn from(label: String) -> Self {
        Self::auto().label(label)
    }
}

/// How a batch is shown that is.
#[derive(Debug, Clone)]
pub(super) enum Show {
    /// Drawn on the terminal.
    Bar,
    /// Written now and then.
    Lines,
    /// Told to somebody.
    Sink(Arc<dyn ProgressSink>),
}

#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) show: Show,
    /// Whether the code asked for this batch, and not the environment for all.
    pub(super) asked: bool,
}

/// What `LARDER_PROGRESS` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Variable {
    On,
    Off,
    Lines,
}

impl Wanted {
    /// `None` if the batch is not to be shown. One that nothing was asked for is shown as the batch
    /// is that it is part of.
    pub(super) fn decide(asked: Option<&Progress>, outer: Option<&Self>) -> Option<Self> {
        let variable = *VARIABLE;
        if asked.is_none() && outer.is_none() && variable.is_none() {
            return None;
        }
        decide(asked.map(|asked| &asked.how), outer, variable, Terminal::is_there)
    }
}

fn decide(
    asked: Option<&How>,
    outer: Option<&Wanted>,
    variable: Option<Variable>,
    is_terminal: impl Fn() -> bool,
) -> Option<Wanted> {
    let bar = || is_terminal().then_some(Show::Bar);
    let show = match (asked, outer, variable) {
        (Some(How::Sink(sink)), ..) => Show::Sink(Arc::clone(sink)),
        (None, Some(outer), _) => return Some(outer.clone()),
        (Some(How::Off), ..) | (None, None, None) | (_, _, Some(Variable::Off)) => return None,
        (Some(How::Lines), ..) | (_, _, Some(Variable::Lines)) => Show::Lines,
        (Some(How::On), ..) | (_, _, Some(Variable::On)) => bar().unwrap_or(Show::Lines),
        (Some(How::Auto), _, None) => bar()?,
    };
    Some(Wanted { show, asked: asked.is_some() })
}

static VARIABLE: LazyLock<Option<Variable>> = LazyLock::new(|| {
    let value = std::env::var_os("LARDER_PROGRESS").filter(|value| !value.is_empty())?;
    match value.to_str() {
        Some("on") => Some(Variable::On),
        Some("off") => Some(Variable::Off),
        Some("lines") => Some(Variable::Lines),
        _ => {
            tracing::warn!(
                "LARDER_PROGRESS is {value:?}, which is none of `on`, `off` and `lines`, and is \
                 ignored"
            );
            None
        }
    }
});

#[cfg(test)]
mod tests {
    use super::super::ProgressState;
    use super::*;

    #[derive(Debug)]
    struct Nobody;

    impl ProgressSink for Nobody {
        fn update(&self, _: &ProgressState) {}

        fn finish(&self, _: &ProgressState) {}
    }

    /// How a batch is shown on a terminal, and elsewhere.
    fn shown(
        asked: Option<&Progress>,
        outer: Option<Show>,
        variable: Option<Variable>,
    ) -> [&'static str; 2] {
        let outer = outer.map(|show| Wanted { show, asked: false });
        [true, false].map(|terminal| {
            let how = asked.map(|asked| &asked.how);
            match decide(how, outer.as_ref(), variable, || terminal).map(|wanted| wanted.show) {
                None => "nothing",
                Some(Show::Bar) => "bar",
                Some(Show::Lines) => "lines",
                Some(Show::Sink(_)) => "sink",
            }
        })
    }

    fn sink() -> Progress {
        Progress::to(Arc::new(Nobody))
    }

    #[test]
    fn what_the_code_asks_for_is_shown() {
        assert_eq!(shown(None, None, None), ["nothing", "nothing"]);
        assert_eq!(shown(Some(&Progress::off()), None, None), ["nothing", "nothing"]);
        assert_eq!(shown(Some(&Progress::auto()), None, None), ["bar", "nothing"]);
        assert_eq!(shown(Some(&Progress::from("label")), None, None), ["bar", "nothing"]);
        assert_eq!(shown(Some(&Progress::on()), None, None), ["bar", "lines"]);
        assert_eq!(shown(Some(&Progress::lines()), None, None), ["lines", "lines"]);
        assert_eq!(shown(Some(&sink()), None, None), ["sink", "sink"]);
    }

    #[test]
    fn the_variable_shows_what_code_leaves_open_and_hides_all_but_sinks() {
        let on = Some(Variable::On);
        assert_eq!(shown(None, None, on), ["bar", "lines"]);
        assert_eq!(shown(Some(&Progress::auto()), None, on), ["bar", "lines"]);
        assert_eq!(shown(Some(&Progress::lines()), None, on), ["lines", "lines"]);
        assert_eq!(shown(Some(&Progress::off()), None, on), ["nothing", "nothing"]);
        let lines = Some(Variable::Lines);
        assert_eq!(shown(None, None, lines), ["lines", "lines"]);
        assert_eq!(shown(Some(&Progress::on()), None, lines), ["lines", "lines"]);
        assert_eq!(shown(Some(&Progress::off()), None, lines), ["nothing", "nothing"]);
        let off = Some(Variable::Off);
        assert_eq!(shown(None, None, off), ["nothing", "nothing"]);
        assert_eq!(shown(Some(&Progress::on()), None, off), ["nothing", "nothing"]);
        assert_eq!(shown(Some(&sink()), None, off), ["sink", "sink"]);
    }

    #[test]
    fn a_batch_inside_another_is_shown_as_that_one_unless_it_says_otherwise() {
        assert_eq!(shown(None, Some(Show::Bar), None), ["bar", "bar"]);
        assert_eq!(shown(None, Some(Show::Sink(Arc::new(Nobody))), None), ["sink", "sink"]);
        assert_eq!(shown(Some(&Progress::off()), Some(Show::Bar), None), ["nothing", "nothing"]);
    }
}

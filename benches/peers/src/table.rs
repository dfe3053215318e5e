//! The Markdown table that everything ends up in.

use crate::rounds::{Ratio, Series};
use std::fmt;

#[derive(Default)]
pub(crate) struct Table(Vec<[String; 5]>);

/// What a figure is to be.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    AtMost(f64),
    AtLeast(f64),
}

impl Table {
    /// Ours beside something of which it is to be a certain multiple, in time.
    pub(crate) fn target(
        &mut self,
        what: &str,
        ours: &Series,
        (its_name, its): (&str, &Series),
        target: Target,
    ) {
        let ratio = ours.to(its);
        let target = target.verdict(ratio.median, "");
        self.row(what, ours.median(), (its_name, its.median()), &ratio, target);
    }

    /// Ours beside a peer that does the same.
    pub(crate) fn peer(&mut self, what: &str, ours: &Series, (its_name, its): (&str, &Series)) {
        let multiple = its.to(ours).median;
        let told = format!("takes {} x as long", Digits(multiple));
        self.row(what, ours.median(), (its_name, its.median()), &ours.to(its), told);
    }

    fn row(&mut self, what: &str, ours: f64, its: (&str, f64), ratio: &Ratio, told: String) {
        let its = format!("{}: {}", its.0, Time(its.1));
        self.0.push([what.to_owned(), Time(ours).to_string(), its, ratio.to_string(), told]);
    }

    /// A figure that has a target of its own, such as a rate.
    pub(crate) fn figure(&mut self, what: &str, figure: (f64, &str), beside: &str, target: Target) {
        let (value, unit) = figure;
        let ours = format!("{} {unit}", Digits(value));
        let told = target.verdict(value, unit);
        self.0.push([what.to_owned(), ours, beside.to_owned(), String::new(), told]);
    }
}

impl Target {
    fn verdict(self, value: f64, unit: &str) -> String {
        let (bound, wanted, met) = match self {
            Self::AtMost(most) => (most, "at most", value <= most),
            Self::AtLeast(least) => (least, "at least", value >= least),
        };
        let verdict = if met { "met" } else { "**missed**" };
        format!("{wanted} {} {unit}", Digits(bound)).trim_end().to_owned() + ": " + verdict
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["", "larder", "beside it", "ratio (middle half)", "target"].map(str::to_owned);
        let rule = ["---"; 5].map(str::to_owned);
        for row in [&head, &rule].into_iter().chain(&self.0) {
            writeln!(f, "| {} |", row.join(" | "))?;
        }
        Ok(())
    }
}

/// Seconds, in a unit that suits them.
struct Time(f64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            seconds if seconds < 1e-3 => write!(f, "{} us", Digits(seconds * 1e6)),
            seconds if seconds < 1.0 => write!(f, "{} ms", Digits(seconds * 1e3)),
            seconds => write!(f, "{} s", Digits(seconds)),
        }
    }
}

/// A number with three digits or so, and in groups if it is large.
struct Digits(f64);

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            value if value < 10.0 => write!(f, "{value:.2}"),
            value if value < 100.0 => write!(f, "{value:.1}"),
            value if value < 1e4 => write!(f, "{value:.0}"),
            value => write!(f, "{:.0},000", value / 1e3),
        }
    }
}

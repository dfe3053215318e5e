//! Paired measurements: everyone does the same work in every round, and what counts is the ratio
//! within a round, since a machine is not the same from one second to the next.

use crate::Result;
use std::fmt;

/// Does its work of the round with this number, and says how many seconds one piece of it took.
pub(crate) type Work<'a> = Box<dyn FnMut(usize) -> Result<f64> + 'a>;

/// What a contender took, round by round.
pub(crate) struct Series(Vec<f64>);

/// The middle half of the ratios of two series.
pub(crate) struct Ratio {
    low: f64,
    pub(crate) median: f64,
    high: f64,
}

/// One round to warm up, then `count` rounds. The order is turned around each time, so that nobody
/// always comes second to files that another has just touched.
pub(crate) fn rounds(count: usize, mut contenders: Vec<Work<'_>>) -> Result<Vec<Series>> {
    let mut series: Vec<_> = contenders.iter().map(|_| Series(Vec::new())).collect();
    for round in 0..=count {
        let mut order: Vec<_> = contenders.iter_mut().zip(&mut series).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for (work, series) in order {
            let seconds = work(round)?;
            if round > 0 {
                series.0.push(seconds);
            }
        }
    }
    Ok(series)
}

impl Series {
    pub(crate) fn of(seconds: Vec<f64>) -> Self {
        Self(seconds)
    }

    pub(crate) fn median(&self) -> f64 {
        quantile(&self.0, 0.5)
    }

    pub(crate) fn to(&self, other: &Self) -> Ratio {
        let ratios: Vec<_> = self.0.iter().zip(&other.0).map(|(ours, its)| ours / its).collect();
        Ratio {
            low: quantile(&ratios, 0.25),
            median: quantile(&ratios, 0.5),
            high: quantile(&ratios, 0.75),
        }
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} ({:.2}-{:.2})", self.median, self.low, self.high)
    }
}

fn quantile(values: &[f64], share: f64) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index among a few values"
    )]
    let at = (share * (values.len().max(1) - 1) as f64).round() as usize;
    values.get(at).copied().unwrap_or(f64::NAN)
}

//! One line of the table.

use std::{fmt, time::Duration};

/// Samples of one measure, with the goal that it is held against.
pub struct Figure {
    row: &'static str,
    what: String,
    unit: &'static str,
    /// Best first.
    samples: Vec<f64>,
    goal: &'static str,
}

impl Figure {
    pub fn times(row: &'static str, what: &str, samples: Vec<Duration>, goal: &'static str) -> Self {
        Self::new(row, what, "ms", samples.into_iter().map(|t| t.as_secs_f64() * 1000.0).collect(), goal)
    }

    /// Higher is better.
    pub fn rates(row: &'static str, what: &str, samples: Vec<f64>, goal: &'static str) -> Self {
        let mut figure = Self::new(row, what, "/s", samples, goal);
        figure.samples.reverse();
        figure
    }

    pub fn new(row: &'static str, what: &str, unit: &'static str, mut samples: Vec<f64>, goal: &'static str) -> Self {
        samples.sort_by(f64::total_cmp);
        Self { row, what: what.to_owned(), unit, samples, goal }
    }

    pub fn heading() -> String {
        format!("{:<6}{:<48}{:>12}{:>12}  {:<4}{:>6}  {}", "row", "measured", "median", "p99", "", "runs", "goal")
    }

    fn at(&self, share: f64) -> f64 {
        let last = self.samples.len().saturating_sub(1);
        let index = (last as f64 * share).round() as usize;
        self.samples.get(index.min(last)).copied().unwrap_or(f64::NAN)
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { row, what, unit, samples, goal } = self;
        let digits = if self.at(0.5) < 100.0 { 2 } else { 0 };
        let (median, worst) = (self.at(0.5), self.at(0.99));
        let runs = samples.len();
        write!(f, "{row:<6}{what:<48}{median:>12.digits$}{worst:>12.digits$}  {unit:<4}{runs:>6}  {goal}")
    }
}

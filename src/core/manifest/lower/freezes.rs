//! The calendar's freezes, as far as they hold for this launch.

use super::{Edge, Lowering, activities::RawList, dates};
use crate::core::{
    manifest::{library::did_you_mean, node::Span, problem::Problem},
    model::{launch::Freeze, name::Id},
};

impl Lowering<'_> {
    /// Freezes with the activities of this launch that go on nevertheless.
    pub(super) fn freezes(&mut self, all: &RawList<'_>) -> Vec<Freeze> {
        let Some(calendar) = self.calendar else { return Vec::new() };
        let zone = calendar.zone.unwrap_or(self.zone);
        let mut freezes = Vec::new();
        for (freeze, span) in calendar.freezes.iter().zip(&calendar.spans) {
            let except = freeze.except.as_deref().unwrap_or_default();
            if except.iter().any(|e| e == self.input.name.as_str()) {
                continue;
            }
            let from = dates::absolute(freeze.from.as_str(), zone, Edge::Start);
            let until = dates::absolute(freeze.until.as_str(), zone, Edge::Due);
            let (Some(from), Some(until)) = (from, until) else { continue };
            if from < until {
                let except = self.excepted(except, *span, all);
                let calendar = self.input.spec.calendar.clone();
                freezes.push(Freeze { calendar, name: freeze.name.clone(), from, until, except });
            }
        }
        freezes
    }

    fn excepted(&mut self, except: &[String], span: Span, all: &RawList<'_>) -> Vec<Id> {
        let mut ids = Vec::new();
        for written in except {
            let Some((launch, activity)) = written.split_once('/') else { continue };
            if launch != self.input.name.as_str() {
                continue;
            }
            let Some(found) = all.find(activity) else {
                let problem = Problem::warning(
                    "reference/unknown-activity",
                    span,
                    "unknown activity",
                    format!("`{written}` is to go on in this freeze, and `{launch}` has no activity `{activity}`."),
                )
                .hint(did_you_mean(activity, all.known()));
                self.problem(problem);
                continue;
            };
            ids.extend(found.cloned());
        }
        ids
    }
}

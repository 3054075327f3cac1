//! A calendar of holidays as other programs export it: read, imported by a plan's calendar, and told about.

use std::sync::Arc;

use chrono::Datelike;
use launchd::{
    core::{
        manifest::{ical::holidays, node::FileId, resolve::load},
        model::{launch::Policy, source::SourceFile},
    },
    ui::diagnostics::Report,
};

/// Business days are counted in it, so that every day that was read is used.
const PLAN: &str = "\
apiVersion: launchd/v1
kind: Calendar
metadata: { name: us }
spec: { import: us.ics }
---
apiVersion: launchd/v1
kind: Launch
metadata: { name: atlas }
spec:
  launch_type: feature_update
  target_date: 2027-04-01T09:00
  calendar: us
  owner: launch-team
  milestones: { product_readiness: { due: T-40bd } }
";

pub fn try_on(bytes: &[u8]) {
    if let Ok(text) = str::from_utf8(bytes) {
        let (days, problems) = holidays(text, FileId(0));
        // The event that is one too many may be a year long.
        assert!(days.len() <= 20_366, "{} days", days.len());
        assert!(days.keys().all(|day| (1970..2100).contains(&day.year())), "{days:?}");
        for problem in &problems {
            let (start, end) = (problem.span.start as usize, problem.span.end as usize);
            assert!(text.get(start..end).is_some(), "{problem:?} is nowhere in a text of {} bytes", text.len());
        }
    }
    let file = |path: &str, bytes: &[u8]| SourceFile { path: path.into(), bytes: bytes.into() };
    let files = [file("us.ics", bytes), file("plan.yaml", PLAN.as_bytes())];
    let loaded = load(&files, &Policy::default());
    let text: Arc<str> = String::from_utf8_lossy(bytes).into();
    let report = Report::new(loaded.all_diagnostics()).text("us.ics", &text).text("plan.yaml", PLAN);
    for width in [20, 120] {
        report.human(width == 20, width);
    }
    report.json();
    report.sarif();
    report.github();
}

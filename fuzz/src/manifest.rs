//! A file of plans, profiles, connectors, calendars, teams or settings: read, resolved, planned, and told about.

use launchd::{
    core::{
        manifest::{
            document::{self, Kind},
            node::FileId,
            read::{Document, read, typed},
            resolve::load_documents,
        },
        model::{
            launch::{Launch, Policy},
            observed::Observed,
            source::SourceFile,
        },
        plan::{Desired, plan, text::canonical},
    },
    ui::{
        diagnostics::Report,
        render::{self, View},
    },
};

pub fn try_on(bytes: &[u8]) {
    let file = SourceFile { path: "plan.yaml".into(), bytes: bytes.into() };
    let documents = [read(&file, FileId(0))];
    documents[0].documents.iter().for_each(fits);
    let loaded = load_documents(&documents, &Policy::default());
    let text = String::from_utf8_lossy(bytes);
    let report = Report::new(loaded.all_diagnostics()).text("plan.yaml", &text);
    for width in [20, 120] {
        report.human(width == 20, width);
    }
    report.json();
    report.sarif();
    report.github();
    for launch in loaded.launches.iter().filter_map(|l| l.launch.as_ref()) {
        follow(launch);
    }
}

/// A document without a problem is read by its type.
fn fits(document: &Document<'_>) {
    let node = &document.node;
    let _ = match document.kind {
        Kind::Launch => typed::<document::Launch>(node).map(drop),
        Kind::Profile => typed::<document::Profile>(node).map(drop),
        Kind::Calendar => typed::<document::Calendar>(node).map(drop),
        Kind::Team => typed::<document::Team>(node).map(drop),
        Kind::Connector => typed::<document::Connector>(node).map(drop),
        Kind::Settings => typed::<document::Settings>(node).map(drop),
    };
}

/// What becomes of a launch that was accepted: it is kept, planned and shown.
fn follow(launch: &Launch) {
    let kept = serde_json::to_string(launch).expect("a launch has JSON");
    let read: Launch = serde_json::from_str(&kept).expect("what was kept is read again");
    assert_eq!(*launch, read, "what was kept is the same");
    let revision = launch.revision();
    assert_eq!(revision, read.revision());
    for now in ["1999-12-31T23:59:59Z", "2027-03-29T08:00:00Z", "9999-12-31T23:59:59Z"] {
        let now = now.parse().expect("a date");
        let plan = plan(Desired::Launch { launch, revision: &revision }, &Observed::default(), now);
        canonical(&plan);
        let view = View { width: 80, colour: false, all: true, brief: false, now };
        render::launch::render(launch, None, &view);
    }
}

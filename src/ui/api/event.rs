//! An event as JSON: one line each in `events -o json`.

use serde::Serialize;
use serde_json::Value;

use crate::{
    core::model::{Timestamp, event, event::Subject},
    ui::render::event::sentence,
};

/// `kind: Event`.
#[derive(Debug, Serialize)]
pub struct Event {
    pub seq: u64,
    pub at: Timestamp,
    pub launch: String,
    pub actor: String,
    /// In snake_case.
    pub event: &'static str,
    /// `launch`, `activity`, `milestone`, `goal` or `checklist`.
    pub subject: &'static str,
    /// The activity's, milestone's or goal's id; null for the launch itself and for its checklists.
    pub id: Option<String>,
    pub text: String,
    /// What belongs to this event alone.
    pub details: Value,
}

impl From<&event::Event> for Event {
    fn from(event: &event::Event) -> Self {
        let (subject, id) = match event.kind.subject() {
            Subject::Launch => ("launch", None),
            Subject::Activity(id) => ("activity", Some(id.to_string())),
            Subject::Milestone(id) => ("milestone", Some(id.to_string())),
            Subject::Goal(id) => ("goal", Some(id.to_string())),
            Subject::Checklist => ("checklist", None),
        };
        let mut details = serde_json::to_value(&event.kind).unwrap_or_default();
        if let Some(map) = details.as_object_mut() {
            map.remove("event");
        }
        Self {
            seq: event.seq,
            at: event.at,
            launch: event.launch.to_string(),
            actor: event.actor.to_string(),
            event: event.kind.name(),
            subject,
            id,
            text: sentence(&event.kind).text,
            details,
        }
    }
}

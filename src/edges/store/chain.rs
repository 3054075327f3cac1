//! The hash chain over events: `hash = sha256(previous hash || the event as JSON)`.

use sha2::{Digest, Sha256};

use crate::core::model::{
    Timestamp,
    call::IntentId,
    event::{Event, EventKind},
};

use super::NewEvent;

pub type Hash = [u8; 32];

/// What the first event follows.
pub const GENESIS: Hash = [0; 32];

/// The hash of an event's JSON that follows `previous`.
pub fn link(previous: &Hash, json: &str) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(previous);
    hasher.update(json.as_bytes());
    hasher.finalize().into()
}

/// An instant as an event's JSON has it.
pub fn instant(at: &Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// Where an intent's id stands in the JSON of its event's kind.
const INTENT_PREFIX: &str = r#"{"event":"intent_opened","intent":{"id":"#;

/// An event that is ready to be numbered: its text is made outside of the writer, which then only puts the number in.
pub struct Prepared {
    pub event: Event,
    pub at: String,
    /// The names, as JSON: `"launch":…,"actor":…`.
    names: String,
    kind: String,
}

impl Prepared {
    /// # Errors
    /// The event has no JSON. Model values always have one.
    pub fn new(new: NewEvent) -> serde_json::Result<Self> {
        let NewEvent { at, launch, actor, mut kind } = new;
        if let EventKind::IntentOpened { intent } = &mut kind {
            intent.id = IntentId(0);
        }
        Ok(Self {
            at: instant(&at),
            names: format!(
                r#""launch":{},"actor":{}"#,
                serde_json::to_string(&launch)?,
                serde_json::to_string(&actor)?
            ),
            kind: serde_json::to_string(&kind)?,
            event: Event { seq: 0, at, launch, actor, kind },
        })
    }

    /// Gives the event its number, writes its JSON into `text`, and says where in it the kind stands.
    /// May be called again with another number.
    pub fn number(&mut self, seq: u64, text: &mut String) -> std::ops::Range<usize> {
        use std::fmt::Write;
        self.event.seq = seq;
        text.clear();
        let _ = write!(text, r#"{{"seq":{seq},"at":"{}",{},"kind":"#, self.at, self.names);
        let from = text.len();
        if let EventKind::IntentOpened { intent } = &mut self.event.kind {
            intent.id = IntentId(seq);
            match self.kind.strip_prefix(INTENT_PREFIX).and_then(|t| t.strip_prefix('0')) {
                Some(rest) => {
                    let _ = write!(text, "{INTENT_PREFIX}{seq}{rest}");
                }
                None => text.push_str(&serde_json::to_string(&self.event.kind).unwrap_or_default()),
            }
        } else {
            text.push_str(&self.kind);
        }
        let kind = from..text.len();
        text.push('}');
        kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::model::name::Actor;

    #[test]
    fn the_text_that_is_hashed_is_the_json_of_the_event() {
        let intent = serde_json::from_value(serde_json::json!({
            "id": 77, "activity": "epic", "verb": "create", "key": "00ff", "incarnation": 0,
            "uses": {"connector": "jira", "resource": "issue"}, "effect": "converge", "key_support": {"key": "opaque"},
            "object_id": null, "with": {"summary": "\"id\":0 and ✓"}, "inputs": "ab", "revision": "cd", "attempt": 1,
            "at": "2027-01-01T00:00:00.5Z", "key_since": "2027-01-01T00:00:00Z", "on_remove": "keep", "on_cancel": "keep",
        }))
        .unwrap();
        let at = "2027-01-01T00:00:00.123456Z".parse().unwrap();
        let actor = Actor("a \"quoted\" \u{1} person".into());
        for kind in [EventKind::IntentOpened { intent }, EventKind::Released] {
            let new = NewEvent { at, launch: "atlas".parse().unwrap(), actor: actor.clone(), kind };
            let (mut prepared, mut text) = (Prepared::new(new).unwrap(), String::new());
            for seq in [3, 1_000_000] {
                let kind = prepared.number(seq, &mut text);
                assert_eq!(text, serde_json::to_string(&prepared.event).unwrap());
                assert_eq!(text[kind], serde_json::to_string(&prepared.event.kind).unwrap());
                if let EventKind::IntentOpened { intent } = &prepared.event.kind {
                    assert_eq!(intent.id, IntentId(seq));
                }
            }
        }
    }
}

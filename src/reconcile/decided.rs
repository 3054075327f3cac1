//! Writes down what a plan decides, as long as nobody took back what it rests upon.

use super::{
    apply::{StepResult, Walk},
    engine::EngineError,
};
use crate::{
    core::model::event::{Event, EventKind},
    edges::store::StoreError,
};

impl Walk<'_> {
    /// Writes down what the plan decides, and that is all that there is to do for it.
    pub(super) async fn decide(&self, kind: EventKind) -> Result<StepResult, EngineError> {
        Ok(match self.write_decided(kind).await? {
            Decided::Written(_) => StepResult::Done,
            Decided::TakenBack(why) => StepResult::NotTried(why),
        })
    }

    /// Writes down what the plan decides, unless a person took something back since the plan was made.
    pub(super) async fn write_decided(&self, kind: EventKind) -> Result<Decided, EngineError> {
        match self.decide_all(vec![kind]).await {
            Ok(events) => {
                self.took_in(&events);
                Ok(Decided::Written(events.first().map_or(0, |e| e.seq)))
            }
            Err(EngineError::Store(StoreError::TakenBack { by, .. })) => {
                self.learn(by).await?;
                Ok(Decided::TakenBack(self.taken_back().unwrap_or_default()))
            }
            Err(error) => Err(error),
        }
    }

    /// Writes all of this, or nothing where a person took something back since the plan was made.
    pub(super) async fn decide_all(&self, kinds: Vec<EventKind>) -> Result<Vec<Event>, EngineError> {
        let events = self.engine.news(&self.plan.launch, kinds);
        Ok(self.engine.store.append_decided(self.lease.as_ref(), self.since, events).await?)
    }

    /// Reads who took what back, in this event: nothing more of the plan is started.
    pub(super) async fn learn(&self, by: u64) -> Result<(), EngineError> {
        let word = self.engine.store.events(Some(&self.plan.launch), by.saturating_sub(1), 1).await?;
        self.take_back(&word.first().map_or_else(|| "somebody took it back".to_owned(), said));
        Ok(())
    }
}

/// What became of something that the plan decides.
pub(super) enum Decided {
    /// It is on disk, as this event.
    Written(u64),
    /// Nothing was written: who said what meanwhile.
    TakenBack(String),
}

/// Who took what back.
fn said(event: &Event) -> String {
    let what = match &event.kind {
        EventKind::Paused { .. } => "paused the launch".to_owned(),
        EventKind::Cancelled { .. } => "cancelled the launch".to_owned(),
        EventKind::ActivityBlocked { activity, .. } => format!("blocked {activity}"),
        EventKind::MilestoneBlocked { milestone, .. } => format!("blocked {milestone}"),
        EventKind::Reopened { activity, .. } => format!("reopened {activity}"),
        EventKind::ApprovalAnswered { milestone, approval, .. } => format!("refused {milestone}.{approval}"),
        EventKind::CheckAnswered { milestone, check, .. } => format!("said no to {milestone}.{check}"),
        other => other.name().replace('_', " "),
    };
    format!("{} {what} meanwhile", event.actor.0)
}

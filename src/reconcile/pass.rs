//! One run of the loop for one launch: observe, plan, apply, again until nothing is left to do now.

use super::{
    apply::{Summary, Walk, Walked},
    engine::{Engine, EngineError, Halt, Refresh, fold},
    intake::{Want, Wanted},
    observe::{self, Looked},
    progress::Progress,
    underway::Left,
};
use crate::{
    core::{
        model::{
            Timestamp,
            event::{Event, EventKind},
            name::Name,
            observed::Observed,
        },
        plan::{Desired, Plan, plan},
    },
    edges::store::{Lease, StoredRevision},
};

/// What a pass did and what it waits for.
#[derive(Debug)]
pub struct PassReport {
    pub launch: Name,
    /// The last plan that was made: nothing in it is left to do now.
    pub plan: Plan,
    pub walks: Vec<(Plan, Summary)>,
    /// When to look again, if nothing else wakes the launch.
    pub next: Option<Timestamp>,
    /// Held, because something left the files: when they must still say so for it to end.
    pub recheck: Option<Timestamp>,
    /// A revision took an older one's place, so that old ones may be let go.
    pub replaced: bool,
    /// Calls that the pass was told to leave behind, for its caller to drive to their ends.
    pub underway: Vec<Left>,
}

impl PassReport {
    fn new(plan: Plan, walks: Vec<(Plan, Summary)>, next: Option<Timestamp>) -> Self {
        Self { launch: plan.launch.clone(), plan, walks, next, recheck: None, replaced: false, underway: Vec::new() }
    }
}

/// How long a pass goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// One plan is walked once.
    OneWalk,
    /// Until a plan has nothing left to do now.
    Settled,
}

impl Engine {
    /// Brings one launch as far as it can go now.
    ///
    /// # Guarantees
    /// Equal inputs lead to equal effects in equal order. A pass with nothing due writes nothing and calls nobody.
    ///
    /// # Errors
    /// The store failed, or this process no longer owns it.
    pub async fn pass(
        &self,
        lease: Option<&Lease>,
        wanted: &Wanted,
        refresh: Refresh,
        until: Until,
        progress: &dyn Progress,
        halt: &Halt,
    ) -> Result<PassReport, EngineError> {
        let mut running = self.underway.of(wanted.name());
        let mut state = self.store.state(wanted.name()).await?;
        // What people say after this event, the state does not hold.
        let mut read = state.version;
        let news = self.accept(lease, wanted, &state).await?;
        let replaced = state.header.accepted.is_some() && news.iter().any(is_accepted);
        fold(&mut state, &news);
        let desired = wanted.desired();
        let mut refresh = refresh;
        let mut walks = Vec::new();
        loop {
            let known = Observed { state, running: running.clone(), ..Observed::default() };
            let Looked { mut observed, plan: mut made } = self.observe(desired, known, refresh, halt).await?;
            let told = observe::news(&observed);
            if !told.is_empty() {
                let events = self.record(lease, wanted.name(), told).await?;
                log(&events);
                fold(&mut observed.state, &events);
                made = None;
            }
            let made = made.unwrap_or_else(|| plan(desired, &observed, self.clock.now()));
            let nothing = made.ready().next().is_none() || !wanted.is_followed();
            if nothing || halt.asked() || walks.len() >= self.limits.rounds {
                // Whoever was halted does not know what was said meanwhile.
                let next = if halt.asked() { Some(self.clock.now()) } else { made.next.as_ref().map(|m| m.at) };
                return Ok(PassReport { replaced, ..PassReport::new(made, walks, next) });
            }
            let version = observed.state.version;
            let walk = Walk::new(self, lease.cloned(), desired, &made, &observed, progress, halt.clone());
            let Walked { summary, underway } = walk.since(read).run().await?;
            if !underway.is_empty() {
                running.extend(underway.iter().map(|left| left.activity().clone()));
                let known = Observed { state: summary.state.clone(), running, ..observed };
                let next = plan(desired, &known, self.clock.now());
                walks.push((made, summary));
                let report = PassReport::new(next, walks, Some(self.clock.now()));
                return Ok(PassReport { underway, replaced, ..report });
            }
            if summary.taken_back && until == Until::Settled && !halt.asked() {
                walks.push((made, summary));
                running = self.underway.of(wanted.name());
                state = self.store.state(wanted.name()).await?;
                (read, refresh) = (state.version, Refresh::Due);
                continue;
            }
            state = summary.state.clone();
            // A look that failed writes nothing; trying it again at once would only spin.
            let progressed = state.version > version;
            walks.push((made, summary));
            if !progressed || until == Until::OneWalk {
                let known = Observed { state, running, ..Observed::default() };
                let Looked { observed, .. } = self.observe(desired, known, Refresh::Never, halt).await?;
                let made = plan(desired, &observed, self.clock.now());
                let soon = (!progressed).then(|| self.clock.now() + LOOK_AGAIN);
                let next = [made.next.as_ref().map(|m| m.at), soon].into_iter().flatten().min();
                return Ok(PassReport { replaced, ..PassReport::new(made, walks, next) });
            }
            refresh = Refresh::Due;
        }
    }

    /// Walks exactly this plan, once, after writing down what it works towards. `observed` is as the plan was made from
    /// it; what a person takes back after that ends the walk.
    ///
    /// # Errors
    /// The store failed, or this process no longer owns it.
    pub async fn apply(
        &self,
        lease: Option<&Lease>,
        wanted: &Wanted,
        mut observed: Observed,
        plan: &Plan,
        progress: &dyn Progress,
        halt: &Halt,
    ) -> Result<Summary, EngineError> {
        let read = observed.state.version;
        let accepted = self.accept(lease, wanted, &observed.state).await?;
        let replaced = observed.state.header.accepted.is_some() && accepted.iter().any(is_accepted);
        fold(&mut observed.state, &accepted);
        let told = observe::news(&observed);
        if !told.is_empty() {
            let events = self.record(lease, wanted.name(), told).await?;
            fold(&mut observed.state, &events);
        }
        if !wanted.is_followed() {
            return Ok(Summary { state: observed.state, ..Summary::default() });
        }
        let walk = Walk::new(self, lease.cloned(), wanted.desired(), plan, &observed, progress, halt.clone());
        let Walked { summary, underway } = walk.since(read).run().await?;
        if replaced {
            self.retire(lease, wanted.name()).await;
        }
        debug_assert!(underway.is_empty(), "only a pass is told to leave calls behind");
        Ok(summary)
    }

    /// Writes down what is worked towards from now on, before anything is done for it.
    async fn accept(
        &self,
        lease: Option<&Lease>,
        wanted: &Wanted,
        state: &crate::core::model::state::LaunchState,
    ) -> Result<Vec<Event>, EngineError> {
        let header = &state.header;
        let mut events = Vec::new();
        match &wanted.want {
            Want::Launch { launch, revision } => {
                if header.accepted.as_ref() != Some(revision) {
                    let kept = StoredRevision {
                        revision: revision.clone(),
                        accepted_at: self.clock.now(),
                        launch: std::sync::Arc::clone(launch),
                    };
                    let accepted =
                        self.news(wanted.name(), vec![EventKind::RevisionAccepted { revision: revision.clone() }]);
                    return Ok(self.store.accept(lease, kept, accepted).await?);
                } else if header.held.is_some() || header.removed.is_some() {
                    events.push(EventKind::Released);
                }
            }
            Want::Held { reason, .. } => {
                if header.held.as_ref().and_then(|m| m.text.as_ref()) != Some(reason) {
                    events.push(EventKind::Held { reason: reason.clone() });
                }
            }
            Want::Gone { .. } => {
                if header.removed.is_none() && state.version > 0 {
                    events.push(EventKind::Removed { reason: "its document is no longer in the files".into() });
                }
            }
        }
        if events.is_empty() { Ok(Vec::new()) } else { self.record(lease, wanted.name(), events).await }
    }
}

fn is_accepted(event: &Event) -> bool {
    matches!(event.kind, EventKind::RevisionAccepted { .. })
}

/// Look-ups that fail say so in the log once, and once more when they work again.
fn log(events: &[Event]) {
    for event in events {
        let launch = &event.launch;
        match &event.kind {
            EventKind::LookupFailed { activity, failure } => tracing::warn!(
                %launch, %activity, summary = failure.summary, detail = failure.detail,
                "cannot be looked at; nothing is concluded from that, and it is tried again"
            ),
            EventKind::LookupMended { activity } => tracing::info!(%launch, %activity, "can be looked at again"),
            _ => {}
        }
    }
}

const LOOK_AGAIN: chrono::TimeDelta = chrono::TimeDelta::seconds(60);

/// The desired side of a plan.
impl Wanted {
    pub fn desired(&self) -> Desired<'_> {
        match &self.want {
            Want::Launch { launch, revision } => Desired::Launch { launch, revision },
            Want::Held { last_good: Some((launch, revision)), .. } => Desired::Launch { launch, revision },
            Want::Held { policy, .. } | Want::Gone { policy } => Desired::Gone { name: &self.name, policy },
        }
    }
}

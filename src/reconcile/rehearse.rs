//! A whole launch on a virtual clock against simulated vendors and people: the same engine, in seconds.

use std::{collections::BTreeMap, sync::Arc};

use chrono::TimeDelta;

use super::{
    engine::{Engine, EngineError, Halt, Refresh},
    intake::{Want, Wanted},
    pass::{PassReport, Until},
    progress::Silent,
};
use crate::{
    core::{
        model::{
            Timestamp,
            activity::Activity,
            connector::ExecutorKind,
            event::Event,
            launch::Launch,
            name::{Actor, Name},
        },
        plan::Plan,
    },
    edges::{
        clock::{Clock, VirtualClock},
        executors::simulated::{CrashPlan, CrashingStore, Said, SimulatedExecutors, SimulatedPeople, SimulatedWorld},
        store::{NewEvent, Store},
    },
};

/// A launch, its simulated world, and how long it is followed.
pub struct Rehearsal {
    pub launch: Arc<Launch>,
    pub store: Arc<dyn Store>,
    pub world: SimulatedWorld,
    pub crash: CrashPlan,
    pub people: SimulatedPeople,
    pub clock: Arc<VirtualClock>,
    /// How often objects are read back without anything else to do.
    pub resync: Option<TimeDelta>,
}

/// How it went.
#[derive(Debug, Clone)]
pub struct Rehearsed {
    /// Everything that was written down, in order.
    pub events: Vec<Event>,
    /// The plan at the end: complete, or with what it still waits for.
    pub plan: Plan,
    pub ended_at: Timestamp,
    pub passes: u64,
    pub crashes: u64,
}

impl Rehearsal {
    /// From the clock's instant until the launch is complete and its goals are judged, nothing more would ever happen,
    /// or `end`.
    ///
    /// A crash that the plan of crashes asks for drops the engine where it stands; a new one starts from what is on
    /// disk, as after `kill -9`.
    ///
    /// # Errors
    /// The store failed.
    pub async fn run(&mut self, end: Timestamp) -> Result<Rehearsed, EngineError> {
        let wanted = Wanted {
            name: self.launch.name.clone(),
            want: Want::Launch { launch: Arc::clone(&self.launch), revision: self.launch.revision() },
        };
        let mut said: BTreeMap<(Timestamp, usize), Said> = BTreeMap::new();
        let (mut order, mut passes, mut crashes) = (0, 0, 0);
        loop {
            let engine = self.engine();
            let pass = self.pass(&engine, &wanted);
            let report = tokio::select! {
                biased;
                report = pass => report?,
                () = self.crash.crashed() => {
                    crashes += 1;
                    self.crash.restart();
                    continue;
                }
            };
            passes += 1;
            let state = self.store.state(&self.launch.name).await?;
            for one in self.people.answers(&report.plan, &self.launch, &state, &self.world) {
                order += 1;
                said.insert((one.at, order), one);
            }
            let next = self.next(&report, said.keys().next().map(|(at, _)| *at));
            let Some(next) = next.filter(|at| *at <= end && !report.plan.is_over()) else {
                let events = self.store.events(None, 0, usize::MAX).await?;
                let ended_at = self.clock.now();
                return Ok(Rehearsed { events, plan: report.plan, ended_at, passes, crashes });
            };
            self.clock.advance_to(next);
            self.speak(&mut said).await?;
        }
    }

    async fn pass(&self, engine: &Engine, wanted: &Wanted) -> Result<PassReport, EngineError> {
        let refresh = match self.resync.and_then(|age| age.to_std().ok()) {
            Some(age) => Refresh::OlderThan(age),
            None => Refresh::Due,
        };
        engine.pass(None, wanted, refresh, Until::Settled, &Silent, &Halt::default()).await
    }

    fn next(&self, report: &PassReport, said: Option<Timestamp>) -> Option<Timestamp> {
        let resync = self.resync.map(|age| self.clock.now() + age);
        [report.next, said, resync].into_iter().flatten().min()
    }

    /// People say what they had to say by now.
    async fn speak(&self, said: &mut BTreeMap<(Timestamp, usize), Said>) -> Result<(), EngineError> {
        let now = self.clock.now();
        while let Some(entry) = said.first_entry().filter(|e| e.key().0 <= now) {
            let Said { by, kind, .. } = entry.remove();
            let event = NewEvent { at: now, launch: self.launch.name.clone(), actor: by, kind };
            self.store.append(None, vec![event]).await?;
        }
        Ok(())
    }

    /// An engine with nothing in its memory.
    pub fn engine(&self) -> Engine {
        let store = CrashingStore::new(Arc::clone(&self.store), self.crash.clone());
        let executors = SimulatedExecutors::new(self.world.clone());
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let connectors = connectors(&self.launch);
        Engine::new(Arc::new(store), Arc::new(executors), clock, "rehearsal", Actor("rehearsal".into()), connectors)
    }
}

/// Every connector that a launch names; people stay people, everything else is simulated.
fn connectors(launch: &Launch) -> BTreeMap<Name, ExecutorKind> {
    let mut connectors = BTreeMap::new();
    let mut add = |activity: &Activity| {
        let kind = if activity.uses.is_human() { ExecutorKind::Human } else { ExecutorKind::Http };
        connectors.insert(activity.uses.connector.clone(), kind);
    };
    for activity in &launch.activities {
        add(activity);
        if let crate::core::model::activity::Compensation::Run(undo) = &activity.on_cancel {
            add(undo);
        }
    }
    for metric in launch.metrics.values() {
        connectors.entry(metric.uses.connector.clone()).or_insert(ExecutorKind::Http);
    }
    for check in launch.milestones.iter().flat_map(|m| &m.checks) {
        if let crate::core::model::check::Question::Probe { uses, .. } = &check.question {
            connectors.entry(uses.connector.clone()).or_insert(ExecutorKind::Http);
        }
    }
    connectors
}

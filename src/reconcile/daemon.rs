//! Works all the time: reads the files when they change, runs one pass a launch when it is due, and sleeps otherwise.

mod keeping;
mod tasks;
mod uptake;

use std::{
    collections::{BTreeMap, HashMap},
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::TimeDelta;
use tokio::task::JoinError;

use self::tasks::Tasks;
use super::{
    engine::{Engine, EngineError, Halt, Refresh},
    entries::Entries,
    health::{Health, Pace, Unseen},
    intake::Reader,
    lease::LeaseKeeper,
    pass::PassReport,
    progress::{Progress, ProgressEvent},
    queue::Queue,
    recent::Recent,
    underway::Answered,
    work::{PassResult, Work},
};
use crate::{
    core::{
        model::{Timestamp, launch::Policy, name::Name},
        plan::{Action, Change, Target},
    },
    edges::{memory, store::StoreError},
};

const BEAT: TimeDelta = TimeDelta::seconds(10);
const TIDY: TimeDelta = TimeDelta::seconds(3);
/// A pass that failed on the store, or panicked, is tried again after so long.
const AFTER_TROUBLE: TimeDelta = TimeDelta::seconds(15);

/// Revisions that are too old are let go so often.
const RETIRE: TimeDelta = TimeDelta::days(1);

/// Objects that cannot be looked at are named in the health up to so many; the others are counted.
const TOLD: usize = 100;
/// So many events of one launch are looked through for what others said.
const MANY: usize = 1000;
/// Work on so many launches leaves memory that is worth giving back.
const MUCH: usize = 1000;

/// Of a call that was left behind: what it carried out, and what came of it.
type CallResult = (Change, Result<Answered, EngineError>);

/// The loop.
pub struct Daemon {
    engine: Arc<Engine>,
    keeper: Arc<LeaseKeeper>,
    reader: Arc<dyn Reader>,
    policy: Policy,
    pace: Pace,
    progress: Arc<dyn Progress>,
    health: Arc<Mutex<Health>>,
    queue: Queue,
    entries: Entries,
    halts: HashMap<Name, Halt>,
    recent: Recent,
    /// The newest event that was looked at.
    version: u64,
    read_at: Option<Timestamp>,
    /// Why the last reading said nothing of what is missing.
    incomplete: Option<String>,
    /// When the store was asked for all its launches.
    listed_at: Option<Timestamp>,
    retired_at: Option<Timestamp>,
    /// Objects that cannot be looked at, of the launches that have any.
    unseen: BTreeMap<Name, Vec<Unseen>>,
    /// When the files must say again what a removal follows from.
    recheck: Option<Timestamp>,
    /// Launches that were read or worked on since memory was given back.
    churn: usize,
    /// When it is given back once more: threads that did the work have ended by then.
    tidy_at: Option<Timestamp>,
}

impl Daemon {
    pub fn new(
        engine: Arc<Engine>,
        keeper: Arc<LeaseKeeper>,
        reader: Arc<dyn Reader>,
        policy: Policy,
        pace: Pace,
        progress: Arc<dyn Progress>,
    ) -> Self {
        let now = engine.clock.now();
        let health = Health::starting(now);
        let recent = Recent::new(pace.recent);
        Self {
            engine,
            keeper,
            reader,
            policy,
            pace,
            progress,
            health: Arc::new(Mutex::new(health)),
            queue: Queue::default(),
            entries: Entries::default(),
            halts: HashMap::new(),
            recent,
            version: 0,
            read_at: None,
            incomplete: None,
            listed_at: None,
            retired_at: None,
            recheck: None,
            unseen: BTreeMap::new(),
            churn: 0,
            tidy_at: None,
        }
    }

    pub fn health(&self) -> Arc<Mutex<Health>> {
        Arc::clone(&self.health)
    }

    /// Runs until `stop` resolves, then lets what is under way finish and gives the lease up.
    ///
    /// # Errors
    /// The lease was lost to another owner: nothing is written any more.
    pub async fn run(mut self, stop: impl Future<Output = ()> + Send) -> Result<(), EngineError> {
        let mut passes: Tasks<PassResult> = Tasks::new();
        let mut calls: Tasks<CallResult> = Tasks::new();
        let mut stop = std::pin::pin!(stop);
        let keeper = Arc::clone(&self.keeper);
        let mut lost = std::pin::pin!(keeper.keep());
        let (reader, engine) = (Arc::clone(&self.reader), Arc::clone(&self.engine));
        self.read().await;
        // Kept across rounds: a change that was noticed and is being waited out must not be forgotten with its future.
        let mut changed = std::pin::pin!(follow(&*reader));
        let end = loop {
            self.start(&mut passes);
            if passes.is_empty() && self.churn >= MUCH {
                self.churn = 0;
                self.leave().await;
                memory::give_back();
                self.tidy_at = Some(self.engine.clock.now() + TIDY);
            }
            if passes.is_empty() && self.tidy_at.is_some_and(|at| self.engine.clock.now() >= at) {
                self.tidy_at = None;
                memory::give_back();
            }
            self.beat(passes.len() + calls.len());
            let wake = self.wake_at();
            tokio::select! {
                biased;
                () = &mut stop => break Ok(()),
                error = &mut lost => break Err(error.into()),
                Some((name, ended)) = passes.next() => {
                    if let Err(stale) = self.ended(&name, ended, &mut calls) {
                        break Err(stale);
                    }
                }
                Some((name, ended)) = calls.next() => {
                    if let Err(stale) = self.answered(&name, ended) {
                        break Err(stale);
                    }
                }
                () = &mut changed => {
                    changed.set(follow(&*reader));
                    self.read().await;
                }
                () = engine.store.changed() => self.told().await,
                () = engine.clock.sleep_until(wake) => self.resync().await,
            }
        };
        self.finish(passes, calls).await;
        // A lease that is lost is not ours to give up; releasing it then does nothing.
        let released = self.keeper.release().await;
        end.and(released.map_err(EngineError::from))
    }

    /// Starts what is due, as far as the limit allows.
    fn start(&mut self, passes: &mut Tasks<PassResult>) {
        let room = self.engine.limits.passes.saturating_sub(self.queue.running());
        for name in self.queue.start(self.engine.clock.now(), room) {
            let Some(entry) = self.entries.get(&name) else {
                self.queue.end(&name);
                continue;
            };
            let sure_at = entry.since + TimeDelta::from_std(self.pace.removal_delay).unwrap_or(TimeDelta::MAX);
            let unsure = self.read_at.is_none_or(|at| at < sure_at).then_some(sure_at);
            let halt = Halt::default();
            self.halts.insert(name.clone(), halt.clone());
            let work = Work {
                engine: Arc::clone(&self.engine),
                lease: self.keeper.lease(),
                want: entry.want.clone(),
                cached: entry.content().or_else(|| self.recent.get(&name)),
                policy: self.policy.clone(),
                refresh: Refresh::OlderThan(self.pace.resync),
                progress: Arc::clone(&self.progress),
                halt,
                unsure,
            };
            passes.spawn(name.clone(), async move { work.pass(&name).await });
        }
    }

    fn ended(
        &mut self,
        name: &Name,
        ended: Result<PassResult, JoinError>,
        calls: &mut Tasks<CallResult>,
    ) -> Result<(), EngineError> {
        let now = self.engine.clock.now();
        self.queue.end(name);
        self.halts.remove(name);
        self.churn += 1;
        match ended {
            Ok(Ok(mut report)) => {
                leave_behind(&mut report, calls);
                self.report(&report, now);
            }
            Ok(Err(error @ EngineError::Store(StoreError::Stale { .. }))) => return Err(error),
            Ok(Err(error)) => self.trouble(name, &error.to_string(), now),
            // One poisonous plan never stops the others (P8).
            Err(panic) => {
                self.trouble(name, &format!("a pass ended in a panic; this is a bug of launchd: {panic}"), now)
            }
        }
        Ok(())
    }

    /// A call ended that its pass had left behind: its launch goes on from what came of it.
    fn answered(&mut self, launch: &Name, ended: Result<CallResult, JoinError>) -> Result<(), EngineError> {
        let now = self.engine.clock.now();
        match ended {
            Ok((change, Ok(answered))) => {
                for event in &answered.events {
                    self.progress.tell(ProgressEvent::Recorded(event));
                }
                let (change, result) = (&change, &answered.result);
                self.progress.tell(ProgressEvent::Ended { launch, change, result });
                self.queue.wake(launch, now);
            }
            Ok((_, Err(error @ EngineError::Store(StoreError::Stale { .. })))) => return Err(error),
            Ok((_, Err(error))) => self.trouble(launch, &error.to_string(), now),
            // Its intent is looked for by the next pass.
            Err(panic) => {
                self.trouble(launch, &format!("a call ended in a panic; this is a bug of launchd: {panic}"), now)
            }
        }
        Ok(())
    }

    fn report(&mut self, report: &PassReport, now: Timestamp) {
        let name = &report.launch;
        self.set_trouble(None);
        self.entries.ended(report);
        match Unseen::of(&report.plan) {
            unseen if unseen.is_empty() => drop(self.unseen.remove(name)),
            unseen => drop(self.unseen.insert(name.clone(), unseen)),
        }
        let completed = report.walks.iter().any(|(plan, summary)| {
            summary.results.iter().any(|(index, result)| {
                let change = &plan.changes[*index];
                result.is_done() && change.action == Action::Complete && matches!(change.subject, Target::Milestone(_))
            })
        });
        if completed {
            for dependent in self.entries.dependents(name) {
                self.queue.wake(dependent, now);
            }
        }
        let finished = report.plan.status == crate::core::model::area::Status::Completed;
        let resync = (!finished).then(|| now + spread(name, self.pace.resync));
        if let Some(at) = report.recheck {
            tracing::warn!(launch = %name, %at, "held: something left its file; it ends when it is still gone then");
            self.recheck = Some(self.recheck.map_or(at, |known| known.min(at)));
        }
        if let Some(at) = [report.next, resync, report.recheck].into_iter().flatten().min() {
            self.queue.wake(name, at);
        }
        let walked = report.walks.iter().map(|(_, s)| s.results.len()).sum::<usize>();
        tracing::debug!(launch = %name, walked, next = ?report.next, "pass ended");
    }

    fn trouble(&mut self, name: &Name, trouble: &str, now: Timestamp) {
        tracing::error!(launch = %name, trouble, "pass failed");
        self.set_trouble(Some(format!("{name}: {trouble}")));
        self.queue.wake(name, now + AFTER_TROUBLE);
    }

    /// Somebody beside this process wrote to the store: wakes whom it was about.
    async fn told(&mut self) {
        let now = self.engine.clock.now();
        let mut newest = self.version;
        match self.engine.store.changed_since(self.version).await {
            Ok(rows) => {
                for row in rows {
                    newest = newest.max(row.version);
                    if self.entries.get(&row.launch).is_some_and(|e| e.version < row.version) {
                        self.queue.wake(&row.launch, now);
                        self.interrupt(&row.launch).await;
                    }
                }
                self.version = newest;
            }
            Err(error) => self.set_trouble(Some(error.to_string())),
        }
    }

    /// A pass under way is asked to leave its calls behind when somebody said something, so that the launch is planned
    /// again at once. That nothing is begun that was taken back does not rest upon this: the store refuses it.
    async fn interrupt(&self, name: &Name) {
        let Some(halt) = self.halts.get(name) else { return };
        match self.engine.store.events(Some(name), self.version, MANY).await {
            Ok(said) if said.len() < MANY && said.iter().all(|e| e.actor == self.engine.actor) => {}
            Ok(_) => halt.leave(),
            Err(error) => self.set_trouble(Some(error.to_string())),
        }
    }

    async fn resync(&mut self) {
        let now = self.engine.clock.now();
        let resync = TimeDelta::from_std(self.pace.resync).unwrap_or(TimeDelta::MAX);
        if self.read_at.is_none_or(|at| now >= at + resync) || self.recheck.is_some_and(|at| now >= at) {
            self.recheck = None;
            self.read().await;
            // Not at the start, when everything else waits.
            if self.retired_at.is_none_or(|at| now >= at + RETIRE) {
                self.retired_at = Some(now);
                self.engine.retire_all(Some(&self.keeper.lease())).await;
            }
        }
    }

    fn wake_at(&self) -> Timestamp {
        let now = self.engine.clock.now();
        let full = self.queue.running() >= self.engine.limits.passes;
        let due = self.queue.next().filter(|_| !full).unwrap_or(now + BEAT);
        let tidy_at = self.tidy_at.filter(|_| self.queue.running() == 0);
        self.recheck.into_iter().chain(tidy_at).fold(due.min(now + BEAT), Ord::min)
    }

    /// Lets effects under way finish; what is still running after the grace is left to its journalled intent.
    async fn finish(&mut self, mut passes: Tasks<PassResult>, mut calls: Tasks<CallResult>) {
        self.with_health(|h| h.ready = false);
        for halt in self.halts.values() {
            halt.ask();
        }
        let all = async {
            while let Some((_, ended)) = passes.next().await {
                if let Ok(Ok(mut report)) = ended {
                    leave_behind(&mut report, &mut calls);
                }
            }
            while calls.next().await.is_some() {}
        };
        if tokio::time::timeout(self.pace.grace, all).await.is_err() {
            tracing::warn!("some calls did not end in time; they are journalled and looked for at the next start");
            passes.abort_all();
            calls.abort_all();
        }
        self.leave().await;
    }

    fn beat(&self, running: usize) {
        let now = self.engine.clock.now();
        let (held, launches, next) = (self.entries.held(), self.entries.len(), self.queue.next());
        self.with_health(|h| {
            (h.beat_at, h.launches, h.held, h.running, h.next) = (now, launches, held, running, next);
            h.lookups_failing = self.unseen.values().map(Vec::len).sum();
            h.unseen = self.unseen.values().flatten().take(TOLD).cloned().collect();
        });
    }

    fn set_trouble(&self, trouble: Option<String>) {
        if let Some(text) = &trouble {
            tracing::error!(trouble = text.as_str(), "trouble");
        }
        self.with_health(|h| h.trouble = trouble);
    }

    fn with_health(&self, write: impl FnOnce(&mut Health)) {
        write(&mut self.health.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn leave_behind(report: &mut PassReport, calls: &mut Tasks<CallResult>) {
    for left in report.underway.drain(..) {
        calls.spawn(left.launch.clone(), left.end());
    }
}

async fn follow(reader: &dyn Reader) {
    reader.changed().await;
}

/// `length`, less up to a tenth by name, so that ten thousand launches are not looked at in the same second.
fn spread(name: &Name, length: Duration) -> TimeDelta {
    let number = name.as_str().bytes().fold(7u64, |h, b| h.wrapping_mul(31).wrapping_add(u64::from(b)));
    let tenth = u64::try_from(length.as_millis() / 10).unwrap_or(u64::MAX).max(1);
    TimeDelta::from_std(length - Duration::from_millis(number % tenth)).unwrap_or(TimeDelta::MAX)
}

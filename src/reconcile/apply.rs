//! Walks a plan: independent changes at once, each after what it needs, in the plan's order otherwise.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};

use super::{
    engine::{Engine, EngineError, Halt},
    progress::{Progress, ProgressEvent},
    recorded::Recorded,
    step::{Opening, Step},
    underway::{Answer, Left, Scribe, Underway},
};
use crate::{
    core::{
        model::{
            observed::Observed,
            outcome::{Failure, Outcome},
            state::LaunchState,
        },
        plan::{Desired, Plan},
    },
    edges::store::Lease,
};

/// How one change ended.
#[derive(Debug, Clone, PartialEq)]
pub enum StepResult {
    Done,
    /// Terminal until somebody changes something.
    Failed(Failure),
    /// It will be tried again by itself.
    Later(Failure),
    /// It may have happened.
    InDoubt(Failure),
    /// A check that does not let through yet, with why.
    NotYet(String),
    /// Not started, with why: what it waits for failed, or the walk was halted.
    NotTried(String),
}

impl StepResult {
    pub(super) fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Succeeded { .. } => Self::Done,
            Outcome::Rejected { failure } => Self::Failed(failure),
            Outcome::Retryable { failure, .. } => Self::Later(failure),
            Outcome::InDoubt { failure } => Self::InDoubt(failure),
        }
    }

    pub fn is_done(&self) -> bool {
        *self == Self::Done
    }
}

/// What a walk did.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// By index into the plan's changes; only changes that were ready have one.
    pub results: BTreeMap<usize, StepResult>,
    /// The launch's state after the walk.
    pub state: LaunchState,
    pub halted: bool,
    /// A person took something back meanwhile, so that what was left of the plan was not started.
    pub taken_back: bool,
}

impl Summary {
    pub fn count(&self, of: impl Fn(&StepResult) -> bool) -> usize {
        self.results.values().filter(|r| of(r)).count()
    }
    /// Whether anything that was tried did not go through.
    pub fn failed(&self) -> bool {
        self.count(|r| matches!(r, StepResult::Failed(_) | StepResult::Later(_) | StepResult::InDoubt(_))) > 0
    }
}

/// What a walk did, and the calls that it was told to leave behind.
#[derive(Debug, Default)]
pub struct Walked {
    pub summary: Summary,
    pub underway: Vec<Left>,
}

type Stepping<'w> = BoxFuture<'w, (usize, Result<Step, EngineError>)>;
type Recording<'w> = BoxFuture<'w, Result<Recorded, EngineError>>;

/// Everything of a walk that is not over.
#[derive(Default)]
struct Steps<'w> {
    /// Effects whose intent is on its way to the disk; dropping one could leave an intent without a call.
    opening: FuturesUnordered<Stepping<'w>>,
    /// Looks, questions and decisions; dropping one only means that it is done again.
    asking: FuturesUnordered<Stepping<'w>>,
    calls: FuturesUnordered<Underway>,
    /// Answers on their way to the disk, with the intents of what they let begin.
    recording: FuturesUnordered<Recording<'w>>,
    /// How many intents those are.
    recorded_with: usize,
    /// How many of the plan's gate went through so far.
    passed: usize,
}

impl Steps<'_> {
    fn len(&self) -> usize {
        self.opening.len() + self.asking.len() + self.calls.len() + self.recording.len() + self.recorded_with
    }

    async fn next(&mut self) -> Next {
        tokio::select! {
            biased;
            Some(recorded) = self.recording.next() => Next::Recorded(recorded),
            Some(answer) = self.calls.next() => Next::Answered(answer),
            Some((index, step)) = self.opening.next() => Next::Stepped(index, step),
            Some((index, step)) = self.asking.next() => Next::Stepped(index, step),
            else => Next::Nothing,
        }
    }
}

/// What came next of a walk's steps, each by its change.
enum Next {
    Answered(Answer),
    Recorded(Result<Recorded, EngineError>),
    /// It ended without a call, or came as far as its call.
    Stepped(usize, Result<Step, EngineError>),
    Nothing,
}

/// One plan being carried out.
pub struct Walk<'a> {
    pub engine: &'a Engine,
    pub lease: Option<Lease>,
    pub desired: Desired<'a>,
    pub plan: &'a Plan,
    pub observed: &'a Observed,
    pub progress: &'a dyn Progress,
    pub halt: Halt,
    /// The plan rests upon every event of the launch up to this one, and of the newer ones on its own alone.
    pub(super) since: u64,
    pub(super) state: Mutex<LaunchState>,
    /// What a person took back meanwhile, in words.
    taken_back: Mutex<Option<String>>,
}

impl<'a> Walk<'a> {
    pub fn new(
        engine: &'a Engine,
        lease: Option<Lease>,
        desired: Desired<'a>,
        plan: &'a Plan,
        observed: &'a Observed,
        progress: &'a dyn Progress,
        halt: Halt,
    ) -> Self {
        let state = Mutex::new(observed.state.clone());
        let since = observed.state.version;
        let taken_back = Mutex::default();
        Self { engine, lease, desired, plan, observed, progress, halt, since, state, taken_back }
    }

    /// When the state was read, and others could write since: at which event that was.
    #[must_use]
    pub fn since(mut self, version: u64) -> Self {
        self.since = version;
        self
    }

    /// Carries out every ready change. A failed branch does not stop the others. Once told to leave, it ends as soon as
    /// every intent has its call, and hands those calls out.
    ///
    /// # Errors
    /// The store failed: nothing more is started, and what was started is awaited first, so that no outcome is lost
    /// that could still be written.
    ///
    /// # Cancellation
    /// Dropping the future, or what it hands out, leaves intents without outcomes; the next pass looks for them.
    pub async fn run(self) -> Result<Walked, EngineError> {
        let mut summary = Summary::default();
        let mut waiting: VecDeque<usize> = self.plan.ready().map(|(index, _)| index).collect();
        let mut steps = Steps::default();
        let (mut broken, mut leaving) = (None, false);
        loop {
            self.start(&mut waiting, &mut steps, &mut summary, broken.is_some());
            let left = leaving && broken.is_none() && steps.opening.is_empty() && steps.recording.is_empty();
            if left {
                break;
            }
            let next = tokio::select! {
                biased;
                next = steps.next() => next,
                () = self.halt.left(), if !leaving => {
                    leaving = true;
                    continue;
                }
            };
            match next {
                Next::Answered(answer) => {
                    let openings = self.let_begin(&answer, &mut waiting, &steps, &mut summary, broken.is_some());
                    steps.recorded_with += openings.len();
                    steps.recording.push(self.write_answer(answer, openings).boxed());
                }
                Next::Recorded(Ok(recorded)) => {
                    steps.recorded_with -= recorded.openings.len();
                    self.take_in(recorded, &mut steps.calls, &mut summary);
                }
                Next::Stepped(index, Ok(Step::Ended(result))) => self.end(index, result, &mut summary),
                Next::Stepped(_, Ok(Step::Underway(call))) => steps.calls.push(call),
                Next::Recorded(Err(error)) | Next::Stepped(_, Err(error)) => broken = broken.or(Some(error)),
                Next::Nothing => break,
            }
        }
        // What only looked or asked is dropped.
        let calls = std::mem::take(&mut steps.calls);
        drop(steps);
        summary.halted = self.halt.asked();
        summary.taken_back = self.taken_back().is_some();
        let leave = |call: Underway| {
            let change = self.plan.changes[call.index].clone();
            self.engine.underway.leave(change, call, self.scribe())
        };
        let underway: Vec<Left> = calls.into_iter().map(leave).collect();
        summary.state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        match broken {
            Some(error) => Err(error),
            None => Ok(Walked { summary, underway }),
        }
    }

    /// Starts what may be started, as far as the limit allows; what never may ends here.
    fn start<'w>(&'w self, waiting: &mut VecDeque<usize>, steps: &mut Steps<'w>, summary: &mut Summary, broken: bool) {
        let room = self.engine.limits.concurrency.saturating_sub(self.observed.running.len());
        let mut later = Vec::new();
        while steps.len() < room {
            let Some(index) = waiting.pop_front() else { break };
            match self.may_start(index, summary, &mut steps.passed, broken) {
                Start::Now if self.plan.changes[index].has_effect() => {
                    steps.opening.push(self.carry_out(index).boxed())
                }
                Start::Now => steps.asking.push(self.carry_out(index).boxed()),
                Start::Later => later.push(index),
                Start::Never(why) => self.end(index, StepResult::NotTried(why), summary),
            }
        }
        later.into_iter().rev().for_each(|index| waiting.push_front(index));
    }

    /// Takes out of `waiting` the effects that begin once this answer is on disk.
    fn let_begin(
        &self,
        answer: &Answer,
        waiting: &mut VecDeque<usize>,
        steps: &Steps<'_>,
        summary: &mut Summary,
        broken: bool,
    ) -> Vec<Opening> {
        let room = self.engine.limits.concurrency.saturating_sub(self.observed.running.len() + steps.len());
        // As if it were on disk, and for this look only.
        summary.results.insert(answer.index, answer.result.clone());
        let mut passed = steps.passed;
        let mut begin = |index: usize| {
            self.plan.changes[index].has_effect()
                && matches!(self.may_start(index, summary, &mut passed, broken), Start::Now)
        };
        let next: Vec<usize> = waiting.iter().copied().filter(|index| begin(*index)).take(room).collect();
        summary.results.remove(&answer.index);
        if next.is_empty() {
            return Vec::new();
        }
        let openings = self.openings(answer, &next);
        waiting.retain(|index| openings.iter().all(|o| o.index != *index));
        openings
    }

    fn scribe(&self) -> Scribe {
        let Engine { store, clock, actor, .. } = self.engine;
        let (launch, lease) = (self.plan.launch.clone(), self.lease.clone());
        Scribe { store: Arc::clone(store), clock: Arc::clone(clock), actor: actor.clone(), launch, lease }
    }

    async fn carry_out(&self, index: usize) -> (usize, Result<Step, EngineError>) {
        let change = &self.plan.changes[index];
        self.progress.tell(ProgressEvent::Started { launch: &self.plan.launch, change });
        (index, self.step(index).await)
    }

    pub(super) fn end(&self, index: usize, result: StepResult, summary: &mut Summary) {
        let change = &self.plan.changes[index];
        self.progress.tell(ProgressEvent::Ended { launch: &self.plan.launch, change, result: &result });
        summary.results.insert(index, result);
    }

    /// What a person took back since the plan was made, in words; nothing more of it is started then.
    pub(super) fn taken_back(&self) -> Option<String> {
        self.taken_back.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn take_back(&self, why: &str) {
        *self.taken_back.lock().unwrap_or_else(PoisonError::into_inner) = Some(why.to_owned());
    }

    /// `passed`: how many of the plan's gate went through so far.
    fn may_start(&self, index: usize, summary: &Summary, passed: &mut usize, broken: bool) -> Start {
        if broken {
            return Start::Never("the store failed".into());
        }
        if self.halt.asked() {
            return Start::Never("stopped before it was started".into());
        }
        if let Some(why) = self.taken_back() {
            return Start::Never(why);
        }
        let change = &self.plan.changes[index];
        let before = change.after.iter().map(|before| self.after(*before, summary));
        if let Some(not_now) = before.into_iter().find(|start| !matches!(start, Start::Now)) {
            return not_now;
        }
        while let Some(before) = self.plan.gate.get(*passed).filter(|_| change.after_gate) {
            match self.after(*before, summary) {
                Start::Now => *passed += 1,
                not_now => return not_now,
            }
        }
        Start::Now
    }

    /// Whether what comes after a change may start, as far as that one goes.
    fn after(&self, before: usize, summary: &Summary) -> Start {
        let before_it = &self.plan.changes[before];
        match summary.results.get(&before) {
            None if before_it.acts() => Start::Later,
            None | Some(StepResult::Done) => Start::Now,
            Some(_) => {
                let name = crate::core::plan::text::target(&before_it.subject);
                Start::Never(format!("{name} did not go through"))
            }
        }
    }
}

enum Start {
    Now,
    Later,
    Never(String),
}

//! Writes down what came of a call, in one transaction with the intents of what that lets begin: a chain of effects waits
//! once for the disk at each step, and not twice.

use futures_util::stream::FuturesUnordered;

use super::{
    apply::{StepResult, Summary, Walk},
    engine::EngineError,
    progress::ProgressEvent,
    step::Opening,
    underway::{Answer, Underway},
};
use crate::{
    core::{
        model::{call::IntentId, event::Event},
        plan::Target,
    },
    edges::store::StoreError,
};

/// An answer on disk.
pub(super) struct Recorded {
    index: usize,
    result: StepResult,
    /// Of the outcome, then of each opening's intent; of the outcome alone where a person took something back.
    events: Vec<Event>,
    pub openings: Vec<Opening>,
}

impl Walk<'_> {
    /// What these changes ask for, once `answer` is on disk. One that ends before it begins is left out.
    pub(super) fn openings(&self, answer: &Answer, next: &[usize]) -> Vec<Opening> {
        let mut state = self.with_state(Clone::clone);
        for event in self.engine.news(&self.plan.launch, vec![(*answer.event).clone()]) {
            let seq = state.version + 1;
            state.fold(&Event { seq, at: event.at, launch: event.launch, actor: event.actor, kind: event.kind });
        }
        let opening = |index: &usize| match &self.plan.changes[*index].subject {
            Target::Activity(id) => self.opening(*index, id, &state).ok(),
            _ => None,
        };
        next.iter().filter_map(opening).collect()
    }

    /// Writes the outcome down, whatever anybody said meanwhile, and the intents unless a person took something back.
    pub(super) async fn write_answer(&self, answer: Answer, openings: Vec<Opening>) -> Result<Recorded, EngineError> {
        let Answer { index, result, event } = answer;
        let recorded = |events, openings| Ok(Recorded { index, result, events, openings });
        let mut taken_back = None;
        if !openings.is_empty() {
            let kinds = std::iter::once((*event).clone()).chain(openings.iter().map(Opening::event)).collect();
            match self.decide_all(kinds).await {
                Ok(events) => return recorded(events, openings),
                Err(EngineError::Store(StoreError::TakenBack { by, .. })) => taken_back = Some(by),
                Err(error) => return Err(error),
            }
        }
        let news = self.engine.news(&self.plan.launch, vec![*event]);
        let events = self.engine.store.append(self.lease.as_ref(), news).await?;
        // What came of the call is on disk first, whatever can still be read.
        if let Some(by) = taken_back {
            self.learn(by).await?;
        }
        recorded(events, openings)
    }

    /// Takes in what is on disk now, and begins the calls whose intents are.
    pub(super) fn take_in(&self, recorded: Recorded, calls: &mut FuturesUnordered<Underway>, summary: &mut Summary) {
        let Recorded { index, result, mut events, openings } = recorded;
        let intents = events.split_off(1.min(events.len()));
        self.took_in(&events);
        self.end(index, result, summary);
        if intents.is_empty() {
            let why = || self.taken_back().unwrap_or_default();
            openings.iter().for_each(|o| self.end(o.index, StepResult::NotTried(why()), summary));
            return;
        }
        for (opening, intent) in openings.into_iter().zip(intents) {
            let change = &self.plan.changes[opening.index];
            self.progress.tell(ProgressEvent::Started { launch: &self.plan.launch, change });
            self.took_in(std::slice::from_ref(&intent));
            calls.push(opening.begin(IntentId(intent.seq)));
        }
    }
}

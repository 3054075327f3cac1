//! Acts on the simulated world as an executor does on the real one.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{
    Fault, FaultKind, SimulatedWorld,
    answers::{status, truthy},
    fault::Moment,
    world::{World, fields},
};
use crate::{
    core::model::{
        activity::{EffectClass, KeySupport},
        call::{Call, Verb},
        connector::ExecutorKind,
        outcome::{Failure, Object, Outcome, Reading, Sighting},
    },
    edges::executors::{Executor, Executors, human::HumanExecutor},
};

/// Executors of every kind, all on one simulated world.
#[derive(Clone)]
pub struct SimulatedExecutors {
    vendor: Arc<Vendor>,
    person: Arc<Person>,
}

impl SimulatedExecutors {
    pub fn new(world: SimulatedWorld) -> Self {
        Self { vendor: Arc::new(Vendor(world.clone())), person: Arc::new(Person(world)) }
    }
}

impl Executors for SimulatedExecutors {
    fn executor(&self, kind: ExecutorKind) -> Arc<dyn Executor> {
        match kind {
            ExecutorKind::Human => self.person.clone(),
            ExecutorKind::Http | ExecutorKind::Exec => self.vendor.clone(),
        }
    }
}

/// The real `human` executor, with crash points.
struct Person(SimulatedWorld);

#[async_trait]
impl Executor for Person {
    async fn observe(&self, call: &Call) -> Sighting {
        HumanExecutor.observe(call).await
    }

    async fn act(&self, verb: Verb, call: &Call) -> Outcome {
        self.0.crash.step("before effect").await;
        self.0.before_effect(verb, call).await;
        let outcome = HumanExecutor.act(verb, call).await;
        self.0.crash.step("after effect").await;
        outcome
    }

    async fn ask(&self, call: &Call) -> Result<Reading, Failure> {
        HumanExecutor.ask(call).await
    }
}

struct Vendor(SimulatedWorld);

#[async_trait]
impl Executor for Vendor {
    async fn observe(&self, call: &Call) -> Sighting {
        self.0.crash.step("look").await;
        let mut world = self.0.lock();
        if let Some(fault) = world.fault(Moment::Look, call) {
            return Sighting::Failed { failure: failure(&fault, "the search answered 503", 503) };
        }
        let behaviour = world.behaviour(&call.uses);
        if behaviour.effect == EffectClass::Observe {
            let id = call.object_id.clone().unwrap_or_else(|| call.key.to_string());
            return Sighting::Found { object: Object { id, done: true, ..Object::default() } };
        }
        let opaque_once = behaviour.effect == EffectClass::Once && behaviour.key == KeySupport::Opaque;
        if opaque_once || (call.object_id.is_none() && !behaviour.findable) {
            return Sighting::Unobservable;
        }
        if let Some(position) = world.position(call, true)
            && let Some(fault) = world.fault(Moment::World, call)
        {
            match fault.kind {
                FaultKind::Vanish => world.take(position),
                _ => {
                    let field = world.object(position).fields.values_mut().next();
                    field.into_iter().for_each(|f| *f = json!("changed by somebody else"));
                }
            }
        }
        match world.position(call, true) {
            None => Sighting::Absent,
            Some(position) => {
                let object = world.object(position).clone();
                Sighting::Found { object: world.shown(&object, call.now) }
            }
        }
    }

    async fn act(&self, verb: Verb, call: &Call) -> Outcome {
        self.0.crash.step("before effect").await;
        self.0.before_effect(verb, call).await;
        let outcome = {
            let mut world = self.0.lock();
            let fault = world.fault(Moment::Effect, call);
            match fault.as_ref().and_then(|f| before(f, verb, call, &mut world)) {
                Some(outcome) => outcome,
                None => {
                    let outcome = effect(&mut world, verb, call, fault.as_ref());
                    fault.as_ref().and_then(after).unwrap_or(outcome)
                }
            }
        };
        self.0.crash.step("after effect").await;
        outcome
    }

    async fn ask(&self, call: &Call) -> Result<Reading, Failure> {
        self.0.crash.step("question").await;
        let mut world = self.0.lock();
        if let Some(fault) = world.fault(Moment::Look, call) {
            return Err(failure(&fault, "the question could not be answered", 503));
        }
        let (good, bad) = world.pair(call);
        let badly = world.fault(Moment::Question, call).is_some_and(|f| f.kind == FaultKind::Flapping);
        // Badly on every other call within the fault's span: the flag flips with the count of questions.
        let value = if badly && world.flips(call) { bad } else { good };
        let outputs: BTreeMap<String, Value> =
            [("status".to_owned(), json!(status(&value))), ("exit_code".to_owned(), json!(i32::from(!truthy(&value))))]
                .into();
        Ok(Reading { value, outputs })
    }
}

fn failure(fault: &Fault, summary: &str, status: i64) -> Failure {
    let detail = format!("simulated fault {}: {}", fault.kind.name(), fault.kind.description());
    Failure { status: (status != 0).then_some(status), ..Failure::new(summary, detail) }
}

/// What is answered instead of having the effect.
fn before(fault: &Fault, verb: Verb, call: &Call, world: &mut World) -> Option<Outcome> {
    let retryable = |summary, status, after_seconds| {
        Some(Outcome::Retryable { failure: failure(fault, summary, status), after_seconds })
    };
    match fault.kind {
        FaultKind::Refused => retryable("the vendor refused the connection", 0, None),
        FaultKind::Unavailable => retryable("the vendor is unavailable", 503, None),
        FaultKind::RateLimited => retryable("the vendor limits the rate", 429, Some(fault.amount.unwrap_or(120))),
        FaultKind::RateLimitedSilent => retryable("the vendor limits the rate", 429, None),
        FaultKind::Rejected => {
            Some(Outcome::Rejected { failure: failure(fault, "the vendor rejected what was sent", 422) })
        }
        FaultKind::LostRequest => {
            Some(Outcome::InDoubt { failure: failure(fault, "the connection broke before an answer came", 0) })
        }
        FaultKind::StoredError => {
            let outcome = Outcome::InDoubt { failure: failure(fault, "the vendor failed", 500) };
            // Only an answer that is not already remembered: a vendor that made the object says so again.
            let expires = matches!(world.behaviour(&call.uses).key, KeySupport::Header { lifetime_seconds: Some(_) });
            if verb == Verb::Create && expires && world.replay(call).is_none() {
                world.remember(call, outcome.clone());
            }
            Some(outcome)
        }
        _ => None,
    }
}

/// What is answered although the effect happened.
fn after(fault: &Fault) -> Option<Outcome> {
    let summary = match fault.kind {
        FaultKind::LostAnswer => "the connection broke before an answer came",
        FaultKind::Slow => "no answer within the time limit",
        _ => return None,
    };
    Some(Outcome::InDoubt { failure: failure(fault, summary, 0) })
}

fn effect(world: &mut World, verb: Verb, call: &Call, fault: Option<&Fault>) -> Outcome {
    if verb == Verb::Create {
        if let Some(answer) = world.replay(call) {
            return answer;
        }
        let lag = fault.filter(|f| f.kind == FaultKind::SearchLag).map_or(0, |f| f.amount.unwrap_or(60));
        let late = fault.filter(|f| f.kind == FaultKind::Late).map_or(0, |f| f.amount.unwrap_or(3));
        let object = world.create(call, lag, i64::try_from(late).unwrap_or(0).min(3650));
        let outcome = Outcome::Succeeded { object };
        world.remember(call, outcome.clone());
        return outcome;
    }
    let Some(position) = world.position(call, false) else {
        if verb == Verb::Delete {
            let id = call.object_id.clone().unwrap_or_else(|| call.key.to_string());
            return Outcome::Succeeded { object: Object { id, done: true, ..Object::default() } };
        }
        let failure = Failure { status: Some(404), ..Failure::new("the vendor has no such object", call.address()) };
        return Outcome::Rejected { failure };
    };
    let before = world.object(position).clone();
    match verb {
        // Fields that are not written stay as they are, as with most vendors' partial updates.
        Verb::Update => world.object(position).fields.extend(fields(&call.with)),
        Verb::Close => world.object(position).closed = true,
        Verb::Delete | Verb::Create => {}
    }
    let object = world.object(position).clone();
    // Writing what is there already changes nothing and is no effect.
    if verb == Verb::Delete || object != before {
        world.log(verb, call, &object.id, &object.fields);
    }
    let shown = world.shown(&object, call.now);
    if verb == Verb::Delete {
        world.take(position);
    }
    Outcome::Succeeded { object: shown }
}

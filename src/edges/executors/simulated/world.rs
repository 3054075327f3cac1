//! The world itself: objects, remembered keys, and the log of every effect.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use serde_json::Value;

use super::{CrashPlan, Fault, Script, answers::plausible, fault::Moment};
use crate::core::model::{
    Timestamp,
    activity::{Activity, CompleteWhen, EffectClass, KeySupport, Uses},
    call::{Call, Verb},
    check::Question,
    fingerprint::ExternalKey,
    goal::Direction,
    launch::Launch,
    name::Name,
    outcome::{Object, Outcome},
};

/// How the vendor of one resource behaves.
#[derive(Debug, Clone)]
pub struct Behaviour {
    pub effect: EffectClass,
    pub key: KeySupport,
    /// Whether an object can be looked up by its key. By its id an object is found unless it is `once` and opaque.
    pub findable: bool,
    /// How long after its creation the vendor shows an object as done; `None`: at once.
    pub done_after: Option<TimeDelta>,
}

impl Behaviour {
    /// As the resource declares it. A client-chosen id (a key without an end) finds its object; an idempotency header does not.
    pub fn declared(effect: EffectClass, key: KeySupport, complete_when: CompleteWhen) -> Self {
        let findable = matches!(key, KeySupport::Probe { .. } | KeySupport::Header { lifetime_seconds: None });
        let done_after = (complete_when == CompleteWhen::Done).then(|| TimeDelta::days(1));
        Self { effect, key, findable, done_after }
    }
}

/// One thing that happened in the world, as its vendor counts it.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    pub at: Timestamp,
    pub launch: Name,
    pub subject: String,
    pub uses: Uses,
    pub key: ExternalKey,
    pub verb: Verb,
    pub object_id: String,
    pub fields: BTreeMap<String, Value>,
}

/// One object of the world.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulatedObject {
    pub uses: Uses,
    pub key: ExternalKey,
    pub launch: Name,
    pub subject: String,
    pub id: String,
    pub fields: BTreeMap<String, Value>,
    pub created_at: Timestamp,
    /// From when on a search finds it.
    pub found_from: Timestamp,
    pub done_at: Timestamp,
    pub closed: bool,
}

type Hook = Arc<dyn Fn(Verb, &Call) -> BoxFuture<'static, ()> + Send + Sync>;

/// A handle on the world; clones share it, and it outlives every engine that acts on it.
#[derive(Clone)]
pub struct SimulatedWorld {
    inner: Arc<Mutex<World>>,
    hook: Option<Hook>,
    pub(super) crash: CrashPlan,
}

/// What a vendor remembers of a key.
struct Remembered {
    at: Timestamp,
    answer: Outcome,
}

#[derive(Default)]
pub(super) struct World {
    behaviours: BTreeMap<Uses, Behaviour>,
    objects: Vec<SimulatedObject>,
    remembered: BTreeMap<(Uses, ExternalKey), Remembered>,
    effects: Vec<Effect>,
    calls: u64,
    counts: BTreeMap<(Name, String, u8), u64>,
    script: Script,
    /// By launch and subject of a check: the value that passes and the one that fails.
    answers: BTreeMap<(Name, String), (Value, Value)>,
    /// By launch and activity: outputs that other activities use.
    outputs: BTreeMap<(Name, String), BTreeSet<String>>,
}

impl SimulatedWorld {
    pub fn new(script: Script, crash: CrashPlan) -> Self {
        Self { inner: Arc::new(Mutex::new(World { script, ..World::default() })), hook: None, crash }
    }

    /// Awaited at each effect, before it happens: a test asserts here that the intent is on disk.
    #[must_use]
    pub fn with_hook(mut self, hook: impl Fn(Verb, &Call) -> BoxFuture<'static, ()> + Send + Sync + 'static) -> Self {
        self.hook = Some(Arc::new(hook));
        self
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, World> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn before_effect(&self, verb: Verb, call: &Call) {
        if let Some(hook) = &self.hook {
            hook(verb, call).await;
        }
    }

    /// Says how a resource behaves; unknown ones converge and are opaque.
    pub fn behave(&self, uses: Uses, behaviour: Behaviour) {
        self.lock().behaviours.insert(uses, behaviour);
    }

    /// Learns what a launch needs of the world: how its resources behave, what its checks want to hear, which outputs
    /// it uses, and which existing objects it adopts.
    pub fn learn(&self, launch: &Launch) {
        let mut world = self.lock();
        for activity in &launch.activities {
            let declared = Behaviour::declared(activity.effect, activity.key, activity.complete_when);
            world.behaviours.entry(activity.uses.clone()).or_insert(declared);
            world.learn_outputs(&launch.name, activity);
        }
        for goal in &launch.goals {
            let from = goal.baseline.unwrap_or(0.0);
            let met = |value: &f64| match (&goal.target, goal.direction) {
                (Some(target), _) => target.is_met(*value),
                (None, Some(Direction::Down)) => *value < from,
                (None, _) => *value > from,
            };
            let figure = goal.target.as_ref().map_or(from, |t| t.figure(from));
            // People read the figure, and a tenth of 0.01 is not exactly a number.
            let rounded = |value: f64| (value * 1e9).round() / 1e9;
            let value = [figure, rounded(figure * 0.9), rounded(figure * 1.1), figure - 1.0, figure + 1.0]
                .into_iter()
                .find(met)
                .unwrap_or(figure);
            let subject = (launch.name.clone(), format!("goal.{}", goal.name));
            world.answers.insert(subject, (Value::from(value), Value::from("no figure")));
        }
        for milestone in &launch.milestones {
            for check in milestone.checks.iter().filter(|c| matches!(c.question, Question::Probe { .. })) {
                let good = match (&check.pass, &check.fail) {
                    (Some(pass), _) => plausible(pass, true),
                    (None, Some(fail)) => plausible(fail, false),
                    (None, None) => None,
                };
                let bad = match (&check.fail, &check.pass) {
                    (Some(fail), _) => plausible(fail, true),
                    (None, Some(pass)) => plausible(pass, false),
                    (None, None) => None,
                };
                let pair = (good.unwrap_or(Value::Bool(true)), bad.unwrap_or(Value::Bool(false)));
                world.answers.insert((launch.name.clone(), format!("{}.{}", milestone.id, check.name)), pair);
            }
        }
    }

    /// What a question is answered with.
    pub fn answer(&self, launch: &Name, subject: &str, value: Value) {
        let bad = Value::Bool(false);
        self.lock().answers.insert((launch.clone(), subject.to_owned()), (value, bad));
    }

    /// Every effect so far, in order.
    pub fn effects(&self) -> Vec<Effect> {
        self.lock().effects.clone()
    }

    /// How often something was done under this key. More than one create is a duplicate out there.
    pub fn count(&self, key: &ExternalKey, verb: Verb) -> usize {
        self.lock().effects.iter().filter(|e| e.key == *key && e.verb == verb).count()
    }

    /// Keys under which more than one object was made.
    pub fn duplicates(&self) -> Vec<ExternalKey> {
        let mut seen: BTreeMap<ExternalKey, u32> = BTreeMap::new();
        for effect in self.lock().effects.iter().filter(|e| e.verb == Verb::Create) {
            *seen.entry(effect.key.clone()).or_default() += 1;
        }
        seen.into_iter().filter(|(_, n)| *n > 1).map(|(key, _)| key).collect()
    }

    /// What exists now.
    pub fn objects(&self) -> Vec<SimulatedObject> {
        self.lock().objects.clone()
    }

    /// Calls of any sort so far; a launch at rest makes none.
    pub fn calls(&self) -> u64 {
        self.lock().calls
    }

    /// Replaces what goes wrong from now on; `Script::default()` lets all faults stop.
    pub fn set_script(&self, script: Script) {
        self.lock().script = script;
    }

    /// Somebody else changes a field of every object of the subject. False if there is none.
    pub fn change(&self, subject: &str, field: &str, value: &Value) -> bool {
        let mut world = self.lock();
        let mut any = false;
        for object in world.objects.iter_mut().filter(|o| o.subject == subject) {
            object.fields.insert(field.to_owned(), value.clone());
            any = true;
        }
        any
    }

    /// Somebody else deletes the subject's objects. False if there is none.
    pub fn remove(&self, subject: &str) -> bool {
        let mut world = self.lock();
        let before = world.objects.len();
        world.objects.retain(|o| o.subject != subject);
        world.objects.len() < before
    }

    /// Somebody finishes the subject's objects. False if there is none.
    pub fn finish(&self, subject: &str, at: Timestamp) -> bool {
        let mut world = self.lock();
        let mut objects = world.objects.iter_mut().filter(|o| o.subject == subject).peekable();
        let any = objects.peek().is_some();
        objects.for_each(|o| o.done_at = at);
        any
    }

    /// By how many days whoever does the subject is late, by script.
    pub fn late_days(&self, subject: &str) -> i64 {
        self.lock().script.late_days(subject).unwrap_or(0)
    }

    /// The object that was made under a key, for a simulated person who looks whether it happened.
    pub fn made(&self, key: &ExternalKey, now: Timestamp) -> Option<Object> {
        let world = self.lock();
        let object = world.objects.iter().find(|o| o.key == *key)?;
        Some(world.shown(object, now))
    }
}

impl World {
    fn learn_outputs(&mut self, launch: &Name, activity: &Activity) {
        for template in activity.with.deferred.values() {
            for part in template.split("activities.").skip(1) {
                let word = |text: &str| -> String {
                    text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == '-').collect()
                };
                let id = word(part);
                let output = part[id.len()..].strip_prefix('.').map(word).filter(|o| !o.is_empty());
                if let Some(output) = output.filter(|o| o != "id" && o != "url") {
                    self.outputs.entry((launch.clone(), id)).or_default().insert(output);
                }
            }
        }
        if let Some(id) = activity.adopt.as_ref().filter(|id| !self.objects.iter().any(|o| o.id == **id)) {
            self.objects.push(SimulatedObject {
                uses: activity.uses.clone(),
                key: ExternalKey::new("before-launchd", launch, &activity.id, 0),
                launch: launch.clone(),
                subject: activity.id.to_string(),
                id: id.clone(),
                fields: fields(&activity.with.value),
                created_at: Timestamp::UNIX_EPOCH,
                found_from: Timestamp::UNIX_EPOCH,
                done_at: Timestamp::UNIX_EPOCH,
                closed: false,
            });
        }
    }

    pub(super) fn behaviour(&self, uses: &Uses) -> Behaviour {
        self.behaviours
            .get(uses)
            .cloned()
            .unwrap_or_else(|| Behaviour::declared(EffectClass::Converge, KeySupport::Opaque, CompleteWhen::Exists))
    }

    /// Counts a call and tells what goes wrong with it.
    pub(super) fn fault(&mut self, moment: Moment, call: &Call) -> Option<Fault> {
        // A question counts once, as a look.
        self.calls += u64::from(!matches!(moment, Moment::World | Moment::Question));
        let nth = self.counts.entry((call.launch.clone(), call.subject.clone(), moment as u8)).or_default();
        *nth += 1;
        let nth = *nth;
        self.script.next(moment, &call.subject, nth)
    }

    /// Whether the latest question of this subject has an even number.
    pub(super) fn flips(&self, call: &Call) -> bool {
        let asked = self.counts.get(&(call.launch.clone(), call.subject.clone(), Moment::Question as u8));
        asked.is_some_and(|n| n % 2 == 0)
    }

    pub(super) fn pair(&self, call: &Call) -> (Value, Value) {
        let known = self.answers.get(&(call.launch.clone(), call.subject.clone()));
        known.cloned().unwrap_or((Value::Bool(true), Value::Bool(false)))
    }

    pub(super) fn shown(&self, object: &SimulatedObject, now: Timestamp) -> Object {
        let names = self.outputs.get(&(object.launch.clone(), object.subject.clone()));
        let outputs = names.into_iter().flatten().map(|n| (n.clone(), Value::String(format!("{n} of {}", object.id))));
        Object {
            id: object.id.clone(),
            url: Some(format!("https://simulated.example/{}/{}", object.uses, object.id)),
            outputs: outputs.collect(),
            fields: object.fields.clone(),
            done: object.closed || object.done_at <= now,
        }
    }

    /// The object that a call is about, by its id, else by its key as far as a search finds it.
    pub(super) fn position(&self, call: &Call, searching: bool) -> Option<usize> {
        let same = |o: &&SimulatedObject| o.uses == call.uses;
        if let Some(id) = &call.object_id {
            return self.objects.iter().position(|o| same(&o) && o.id == *id);
        }
        self.objects.iter().position(|o| same(&o) && o.key == call.key && (!searching || o.found_from <= call.now))
    }

    pub(super) fn object(&mut self, position: usize) -> &mut SimulatedObject {
        &mut self.objects[position]
    }

    pub(super) fn take(&mut self, position: usize) {
        self.objects.remove(position);
    }

    /// The answer that the vendor gave under this key and still remembers.
    pub(super) fn replay(&self, call: &Call) -> Option<Outcome> {
        let KeySupport::Header { lifetime_seconds } = self.behaviour(&call.uses).key else { return None };
        let remembered = self.remembered.get(&(call.uses.clone(), call.key.clone()))?;
        let age = (call.now - remembered.at).num_seconds();
        let fresh = lifetime_seconds.is_none_or(|l| age < i64::try_from(l).unwrap_or(i64::MAX));
        fresh.then(|| remembered.answer.clone())
    }

    pub(super) fn remember(&mut self, call: &Call, answer: Outcome) {
        let remembered = Remembered { at: call.now, answer };
        self.remembered.insert((call.uses.clone(), call.key.clone()), remembered);
    }

    /// Makes another object, whatever exists already.
    pub(super) fn create(&mut self, call: &Call, lag_seconds: u64, late_days: i64) -> Object {
        let behaviour = self.behaviour(&call.uses);
        let settle = if let KeySupport::Probe { settle_seconds } = behaviour.key { settle_seconds } else { 0 };
        let lag = TimeDelta::seconds(i64::try_from(settle.saturating_add(lag_seconds)).unwrap_or(0).min(1 << 31));
        let before = self.effects.iter().filter(|e| e.key == call.key && e.verb == Verb::Create).count();
        let again = if before == 0 { String::new() } else { format!("-{}", before + 1) };
        let object = SimulatedObject {
            uses: call.uses.clone(),
            key: call.key.clone(),
            launch: call.launch.clone(),
            subject: call.subject.clone(),
            id: format!("{}-{}{again}", call.uses.connector, &call.key.as_str()[..8.min(call.key.as_str().len())]),
            fields: fields(&call.with),
            created_at: call.now,
            found_from: call.now + lag,
            done_at: call.now + behaviour.done_after.unwrap_or_default() + TimeDelta::days(late_days),
            closed: false,
        };
        let shown = self.shown(&object, call.now);
        self.log(Verb::Create, call, &object.id, &object.fields);
        self.objects.push(object);
        shown
    }

    pub(super) fn log(&mut self, verb: Verb, call: &Call, object_id: &str, fields: &BTreeMap<String, Value>) {
        self.effects.push(Effect {
            at: call.now,
            launch: call.launch.clone(),
            subject: call.subject.clone(),
            uses: call.uses.clone(),
            key: call.key.clone(),
            verb,
            object_id: object_id.to_owned(),
            fields: fields.clone(),
        });
    }
}

pub(super) fn fields(with: &Value) -> BTreeMap<String, Value> {
    with.as_object().map(|m| m.iter().map(|(k, v)| (k.clone(), v.clone())).collect()).unwrap_or_default()
}

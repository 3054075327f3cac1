//! Asks a goal's metric for a figure, and judges the goal at its date.

use std::time::Duration;

use serde_json::Value;

use super::{
    apply::{StepResult, Walk},
    engine::EngineError,
};
use crate::core::{
    model::{
        call::Call,
        event::EventKind,
        fingerprint::ExternalKey,
        goal::Goal,
        launch::{Launch, Metric},
        measure::{Ending, Judgement, Sample},
        name::Id,
        outcome::{Failure, Reading},
    },
    plan::{goals, inputs},
    template,
};

/// An answer that takes longer counts as none.
const TIMEOUT: Duration = Duration::from_secs(30);

impl Walk<'_> {
    pub(super) async fn goal(&self, name: &Id) -> Result<StepResult, EngineError> {
        let Some(launch) = self.launch() else { return Ok(StepResult::Done) };
        let Some(goal) = launch.goals.iter().find(|g| g.name == *name) else { return Ok(StepResult::Done) };
        let Some(metric) = goals::metric(launch, goal) else { return Ok(StepResult::Done) };
        let figure = self.figure(launch, goal, metric).await;
        let at = self.engine.clock.now();
        let last = at >= goals::judged_at(launch, goal);
        let sampled = EventKind::GoalSampled {
            goal: name.clone(),
            question: metric.question(),
            value: figure.as_ref().ok().copied(),
            failure: figure.as_ref().err().cloned(),
            last,
        };
        let mut events = vec![sampled];
        let state = self.with_state(|s| s.goals.get(name).cloned()).unwrap_or_default();
        let judge = |ending, value, evidence| {
            let (by, goal) = (self.engine.actor.clone(), goal.fingerprint());
            let judgement = Judgement { at, by, ending, value, evidence: Some(evidence), goal };
            EventKind::GoalJudged { goal: name.clone(), judgement }
        };
        match &figure {
            Ok(value) if last => {
                let mut samples = state.samples_of(&metric.question()).to_vec();
                samples.push(Sample { at, value: *value });
                let evidence = format!("{} answered {value}", metric.uses);
                events.push(judge(goals::ending(goal, &samples, *value), Some(*value), evidence));
            }
            Err(failure) if last && state.last_failures + 1 >= goals::LAST_TRIES => {
                let evidence = format!("{} did not answer: {}: {}", metric.uses, failure.summary, failure.detail);
                events.push(judge(Ending::Inconclusive, None, evidence));
            }
            _ => {}
        }
        self.record(events).await?;
        Ok(match figure {
            Ok(_) => StepResult::Done,
            Err(failure) => StepResult::Later(failure),
        })
    }

    async fn figure(&self, launch: &Launch, goal: &Goal, metric: &Metric) -> Result<f64, Failure> {
        let context = self.with_state(|state| inputs::context(launch, state));
        let rendered = inputs::render(&metric.with, &context, true);
        if let Some((path, detail)) = rendered.problems.first() {
            return Err(Failure::new(format!("render `{path}`"), detail.clone()));
        }
        let executor = self.engine.executor(&metric.uses)?;
        let call = Call {
            launch: launch.name.clone(),
            subject: format!("goal.{}", goal.name),
            title: goal.title.clone(),
            uses: metric.uses.clone(),
            key: ExternalKey::new(&self.engine.installation, &launch.name, &goal.name, 0),
            object_id: None,
            with: rendered.value,
            changed: Vec::new(),
            attempt: 1,
            now: self.engine.clock.now(),
            due: None,
            timeout: TIMEOUT,
            owner: goal.owner.clone(),
        };
        let mut reading = executor.ask(&call).await?;
        if let Some(pick) = &metric.pick {
            let context = context.with("value", &reading.value).with("outputs", &reading.outputs);
            reading.value = template::evaluate(pick, &context).map_err(|error| {
                Failure::new(format!("find `{pick}` in the answer"), format!("{error}: {}", shown(&reading.value)))
            })?;
        }
        number(&reading)
    }
}

/// The figure that a reading is. True and false count as 1 and 0; what is no number is no figure.
fn number(reading: &Reading) -> Result<f64, Failure> {
    if let Some(status) = reading.outputs.get("status").and_then(Value::as_i64).filter(|s| *s >= 400) {
        let failure = Failure::new("the answer is an error", shown(&reading.value));
        return Err(Failure { status: Some(status), ..failure });
    }
    let number = match &reading.value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Bool(answer) => Some(f64::from(u8::from(*answer))),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    let number = number.filter(|n: &f64| n.is_finite());
    number.ok_or_else(|| Failure::new("the answer is not a number", shown(&reading.value)))
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 120 { text.chars().take(120).chain(['…']).collect() } else { text }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Result<f64, Failure> {
        number(&Reading { value, outputs: [("status".to_owned(), json!(200))].into() })
    }

    #[test]
    fn numbers_and_their_texts_are_figures_and_nothing_else_is() {
        assert_eq!(read(json!(42)), Ok(42.0));
        assert_eq!(read(json!(" 99.5\n")), Ok(99.5));
        assert_eq!(read(json!(true)), Ok(1.0));
        for other in [json!(null), json!("many"), json!({ "count": 3 }), json!([1]), json!("NaN"), json!("inf")] {
            assert_eq!(read(other.clone()).unwrap_err().summary, "the answer is not a number", "{other}");
        }
    }

    #[test]
    fn an_error_page_with_a_number_in_it_is_no_figure() {
        let reading = Reading { value: json!(500), outputs: [("status".to_owned(), json!(500))].into() };
        assert_eq!(number(&reading).unwrap_err().status, Some(500));
    }
}

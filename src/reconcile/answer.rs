//! From a reading to a verdict.

use serde_json::Value;

use crate::core::{
    model::{
        Timestamp,
        check::{Answer, Check, Verdict},
        fingerprint::Fingerprint,
        outcome::{Failure, Reading},
    },
    template::{self, Context},
};

/// Judges a check's reading by its expressions.
pub(super) fn judge(check: &Check, reading: Result<Reading, Failure>, context: &Context, at: Timestamp) -> Answer {
    let question = Fingerprint::of(check);
    let reading = match reading {
        Ok(reading) => reading,
        Err(failure) => {
            let verdict = Verdict::Inconclusive;
            return Answer {
                at,
                verdict,
                value: Value::Null,
                detail: None,
                failure: Some(failure),
                by_person: false,
                question,
            };
        }
    };
    let mut context = context.with("value", &reading.value).with("outputs", &reading.outputs);
    let mut value = reading.value.clone();
    if let Some(pick) = &check.pick {
        match template::evaluate(pick, &context) {
            Ok(picked) => value = picked,
            Err(error) => {
                let (verdict, detail) = (Verdict::Inconclusive, Some(format!("`{pick}`: {error}")));
                return Answer { at, verdict, value, detail, failure: None, by_person: false, question };
            }
        }
        context = context.with("value", &value);
    }
    let (verdict, detail) = match verdict(check, &reading, &context).and_then(|v| heard(check, &reading, v)) {
        Ok(verdict) => (verdict, None),
        Err(detail) => (Verdict::Inconclusive, Some(detail)),
    };
    Answer { at, verdict, value, detail, failure: None, by_person: false, question }
}

/// An answer that says that something went wrong is no answer to a question about anything else. Without a question it
/// fails.
fn heard(check: &Check, reading: &Reading, verdict: Verdict) -> Result<Verdict, String> {
    let Some(status) = reading.outputs.get("status").and_then(Value::as_i64).filter(|s| *s >= 400) else {
        return Ok(verdict);
    };
    let expressions: Vec<&String> = [&check.pick, &check.pass, &check.fail].into_iter().flatten().collect();
    if expressions.is_empty() {
        return Ok(Verdict::Fail);
    }
    if expressions.iter().any(|e| e.contains("outputs")) {
        return Ok(verdict);
    }
    Err(format!("the answer is an error ({status}); a check that is about such answers asks for `outputs.status`"))
}

fn verdict(check: &Check, reading: &Reading, context: &Context) -> Result<Verdict, String> {
    let holds = |expression: &str| template::test(expression, context).map_err(|e| format!("`{expression}`: {e}"));
    if let Some(fail) = &check.fail
        && holds(fail)?
    {
        return Ok(Verdict::Fail);
    }
    match (&check.pass, &check.fail) {
        (Some(pass), fail) => Ok(match (holds(pass)?, fail.is_some()) {
            (true, _) => Verdict::Pass,
            (false, true) => Verdict::Inconclusive,
            (false, false) => Verdict::Fail,
        }),
        (None, Some(_)) => Ok(Verdict::Pass),
        // Without any expression an answer that says true, or any answer that is not false, is a pass.
        (None, None) => Ok(if reading.value == Value::Bool(false) { Verdict::Fail } else { Verdict::Pass }),
    }
}

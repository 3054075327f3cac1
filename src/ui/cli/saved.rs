//! Plans on disk: `launchd diff --out` writes one, `launchd apply FILE` does exactly that or nothing.

use std::{collections::BTreeMap, fs, io::ErrorKind, path::Path};

use serde::{Deserialize, Serialize};
use serde_json::{Value, error::Category};

use super::{
    Problem, Session,
    desk::{Prepared, Selection},
    whole,
};
use crate::core::plan::{Action, Change, FieldChange, Plan, Target};

/// A plan on disk, bound to what it was made from.
#[derive(Debug, Serialize, Deserialize)]
pub struct SavedPlan {
    pub version: u32,
    pub kind: String,
    pub plans: Vec<Plan>,
}

const VERSION: u32 = 1;
const KIND: &str = "SavedPlan";

/// Writes plans as one that can be applied. The file is whole or as it was before.
///
/// # Errors
/// The file cannot be written.
pub fn save(prepared: &[Prepared], path: &Path, session: &Session<'_>) -> Result<(), Problem> {
    let plans = prepared.iter().map(|p| p.plan.clone()).collect();
    let saved = SavedPlan { version: VERSION, kind: KIND.into(), plans };
    let text = serde_json::to_string_pretty(&saved)
        .map_err(|e| Problem::new("the plan cannot be written").why(e.to_string()))?;
    whole::replace(path, (text + "\n").as_bytes())
        .map_err(|e| Problem::new(format!("the plan cannot be saved to {}", path.display())).why(e.to_string()))?;
    session.out.note(&format!("Saved: `launchd apply {}` does exactly this, or nothing.\n", path.display()));
    Ok(())
}

/// A single argument that is no name but a file is a saved plan; it selects its own launches.
///
/// # Errors
/// There is no such file, or it is no plan that this launchd saved.
pub fn saved(selection: &Selection) -> Result<(Selection, Option<SavedPlan>), Problem> {
    let [only] = selection.launches.as_slice() else { return Ok((selection.clone(), None)) };
    let path = Path::new(only);
    if path.extension().is_none_or(|e| e != "json") && !only.contains(std::path::MAIN_SEPARATOR) {
        return Ok((selection.clone(), None));
    }
    let bytes = fs::read(path).map_err(|e| unreadable(only, &e))?;
    let saved = read(only, &bytes)?;
    if !selection.milestone.is_empty() || !selection.label.is_empty() {
        return Err(Problem::new("a saved plan is applied whole, or not at all")
            .why("--milestone and --label would leave parts of it out")
            .hint("choose the parts where it is made: launchd diff --milestone … --out plan.json"));
    }
    if saved.plans.is_empty() {
        return Err(Problem::new(format!("the saved plan {only} holds no launch"))
            .why("it was made where no launch was selected, so there is nothing to apply")
            .hint("make one with launches in it: launchd diff --out plan.json"));
    }
    let launches = saved.plans.iter().map(|p| p.launch.to_string()).collect();
    Ok((Selection { launches, ..selection.clone() }, Some(saved)))
}

const AGAIN: &str =
    "make one with `launchd diff --out plan.json`; launches are given by their names, as in `launchd apply atlas-2`";

fn unreadable(path: &str, error: &std::io::Error) -> Problem {
    let why = match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::IsADirectory => "it is a folder".to_owned(),
        ErrorKind::PermissionDenied => "this user may not read it".to_owned(),
        _ => error.to_string(),
    };
    Problem::new(format!("the saved plan {path} cannot be read")).why(why).hint(AGAIN)
}

/// What a file says it is comes first: another kind or version may have any shape.
fn read(path: &str, bytes: &[u8]) -> Result<SavedPlan, Problem> {
    let wrong = |why: String| Problem::new(format!("{path} is no saved plan")).why(why).hint(AGAIN);
    let document: Value = serde_json::from_slice(bytes).map_err(|e| match e.classify() {
        _ if bytes.is_empty() => wrong("it is empty".into()),
        Category::Eof => Problem::new(format!("the saved plan {path} breaks off"))
            .why(format!("it ends in the middle, at line {}; nothing of it is applied", e.line()))
            .hint("save it again: launchd diff --out plan.json"),
        _ => wrong(format!("it is not JSON: {e}")),
    })?;
    if document["kind"] != KIND {
        return Err(wrong(match &document["kind"] {
            Value::String(kind) if kind == "Plan" => {
                "it is what `launchd diff -o json` prints, which is for reading".into()
            }
            Value::String(kind) => format!("it says that it is a {kind}"),
            _ => "it is JSON of something else".into(),
        }));
    }
    if document["version"] != VERSION {
        return Err(Problem::new(format!("{path} was saved by another version of launchd"))
            .why(format!("its format is version {}, and this launchd applies version {VERSION}", document["version"]))
            .hint("save it again with this one: launchd diff --out plan.json"));
    }
    serde_json::from_value(document).map_err(|e| {
        Problem::new(format!("the saved plan {path} was changed since it was saved"))
            .why(e.to_string())
            .hint("save it again: launchd diff --out plan.json")
    })
}

/// A saved plan is bound to the revision and to what was observed (promise P10).
///
/// # Errors
/// What it was made from is not what is there now.
pub fn refuse_stale(saved: &SavedPlan, fresh: &[Prepared]) -> Result<(), Problem> {
    let now: BTreeMap<_, &Plan> = fresh.iter().map(|p| (&p.plan.launch, &p.plan)).collect();
    for plan in &saved.plans {
        let why = match now.get(&plan.launch) {
            None => "it is no longer in the files".to_owned(),
            Some(fresh) if fresh.revision != plan.revision => "its files changed since".to_owned(),
            Some(fresh) if fresh.observed != plan.observed => {
                format!("its state went on since, from event {} to {}", plan.observed, fresh.observed)
            }
            Some(fresh) if effects(fresh) != effects(plan) => {
                "the world or the time went on, and other changes are due now".to_owned()
            }
            Some(_) => continue,
        };
        return Err(Problem::new(format!("the saved plan is stale: {}", plan.launch))
            .why(why)
            .hint("look at it again: launchd diff --out plan.json")
            .not_as_asked());
    }
    Ok(())
}

/// What a saved plan and a fresh one would do, for comparing them: the effects in order, with their fields.
fn effects(plan: &Plan) -> Vec<(&Target, Action, &[FieldChange])> {
    let of = |change: &'_ Change| change.writes();
    plan.ready().filter(|(_, c)| of(c)).map(|(_, c)| (&c.subject, c.action, c.fields.as_slice())).collect()
}

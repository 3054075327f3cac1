//! The last step of rendering: inputs that use what other activities yielded.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::core::{
    model::{activity::Inputs, launch::Launch, state::ActivityState, state::LaunchState},
    template::{self, Context},
};

/// Inputs with every leaf rendered that can be.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    pub value: Value,
    /// Leaves that are known after apply: JSON pointer and template.
    pub later: BTreeMap<String, String>,
    /// Leaves whose template failed although everything it uses is there: pointer and why.
    pub problems: Vec<(String, String)>,
}

/// Renders `inputs` in `context`. `ready` says that everything the activity needs has its outputs; before that, a leaf
/// that fails is one that is known after apply: it stays as it is and is listed in `later`.
pub fn render(inputs: &Inputs, context: &Context, ready: bool) -> Rendered {
    let mut rendered = Rendered { value: inputs.value.clone(), later: BTreeMap::new(), problems: Vec::new() };
    for (pointer, text) in &inputs.deferred {
        match template::render(text, context) {
            Ok(value) => {
                if let Some(leaf) = rendered.value.pointer_mut(pointer) {
                    *leaf = value;
                }
            }
            Err(_) if !ready => {
                rendered.later.insert(pointer.clone(), text.clone());
            }
            Err(error) => rendered.problems.push((pointer.clone(), error.to_string())),
        }
    }
    rendered
}

/// What templates and expressions of a launch see: `launch` and `activities.NAME.OUTPUT`.
pub fn context(launch: &Launch, state: &LaunchState) -> Context {
    let mut activities = Map::new();
    for (id, activity) in &state.activities {
        if let Some(outputs) = outputs(activity) {
            activities.insert(id.to_string(), outputs);
        }
    }
    let about = json!({
        "name": launch.name,
        "title": launch.title,
        "launch_type": launch.launch_type,
        "target": launch.target,
        "labels": launch.labels,
    });
    Context::new().with("launch", &about).with("activities", &activities)
}

/// An activity's outputs, once it was applied.
pub fn outputs(state: &ActivityState) -> Option<Value> {
    let object = state.object.as_ref()?;
    state.applied.as_ref()?;
    let mut outputs: Map<String, Value> = object.outputs.clone().into_iter().collect();
    outputs.insert("id".into(), json!(object.id));
    outputs.insert("url".into(), json!(object.url));
    outputs.insert("done".into(), json!(object.done || state.done.is_some()));
    Some(Value::Object(outputs))
}

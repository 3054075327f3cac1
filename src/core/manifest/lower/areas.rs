//! The area plans as they are kept beside the graph, and renames.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Lowering, activities::RawList, milestones::has_template, template_problem};
use crate::core::{
    manifest::{
        place::{Step, place_below},
        problem::Problem,
    },
    model::{goal::Goal, launch::Moved},
    template::{self, Context},
};

const AREAS: [&str; 5] = ["resources", "marketing", "sales", "support", "monitoring"];

impl<'a> Lowering<'a> {
    pub(super) fn moved(&mut self, all: &RawList<'a>) -> Vec<Moved> {
        let mut moved = Vec::new();
        for (i, doc) in self.input.spec.moved.iter().flatten().enumerate() {
            let path = [Step::Key("moved"), Step::Index(i)];
            let problem = if !all.contains(doc.to.as_str()) {
                Some(("to", &doc.to, "is to be the new id of an activity, and no activity has it"))
            } else if all.contains(doc.from.as_str()) {
                Some(("from", &doc.from, "is to be an id of the past, and an activity still has it"))
            } else {
                None
            };
            if let Some((field, id, why)) = problem {
                let problem = Problem::error(
                    "reference/invalid-move",
                    self.span(&[path[0], path[1], Step::Key(field)]),
                    "a rename that does not fit",
                    format!("`{id}` {why}."),
                )
                .hint("`from` is the activity's old id, `to` the one it has in this file.");
                self.problem(problem);
                continue;
            }
            moved.push(Moved { from: doc.from.clone(), to: doc.to.clone() });
        }
        moved
    }

    /// The area plans as written and merged, with their templates rendered. Activities are in the graph already, where
    /// they are rendered with their own context.
    pub(super) fn areas(&mut self, goals: &[Goal]) -> BTreeMap<String, Value> {
        let context = self.context.clone();
        let mut areas = BTreeMap::new();
        for area in AREAS {
            let Some(node) = self.input.tree.get(area).filter(|n| !n.is_null()) else { continue };
            let value = node.to_json();
            let value =
                if has_template(&value) { self.rendered(value, &mut String::new(), area, &context) } else { value };
            areas.insert(area.to_owned(), value);
        }
        // What every text says is what the launch is for, unless the plan says it in other words.
        if let Some(Value::Object(messaging)) = areas.get_mut("marketing").and_then(|m| m.get_mut("messaging"))
            && !goals.is_empty()
        {
            let titles = || goals.iter().map(|g| Value::String(g.title.clone())).collect();
            messaging.entry("key_messages").or_insert_with(titles);
        }
        areas
    }

    fn rendered(&mut self, value: Value, pointer: &mut String, area: &str, context: &Context) -> Value {
        match value {
            Value::String(text) if template::is_template(&text) => {
                template::render(&text, context).unwrap_or_else(|error| {
                    let at = place_below(self.input.tree, &[Step::Key(area)], pointer);
                    self.problem(template_problem(&error, &text, at, context));
                    Value::String(text)
                })
            }
            Value::Object(map) => {
                let length = pointer.len();
                let members = map.into_iter().map(|(key, item)| {
                    pointer.push('/');
                    pointer.push_str(&template::escape_pointer(&key));
                    let skip = pointer.starts_with("/timeline/") && key == "activities";
                    let item = if skip { item } else { self.rendered(item, pointer, area, context) };
                    pointer.truncate(length);
                    (key, item)
                });
                Value::Object(members.collect())
            }
            Value::Array(items) => {
                let length = pointer.len();
                let items = items.into_iter().enumerate().map(|(i, item)| {
                    pointer.push_str(&format!("/{i}"));
                    let item = self.rendered(item, pointer, area, context);
                    pointer.truncate(length);
                    item
                });
                Value::Array(items.collect())
            }
            plain => plain,
        }
    }
}

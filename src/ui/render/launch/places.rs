//! Where the parts of a launch are written in the merged spec.

use super::Writer;
use crate::core::{
    manifest::node::{Node, NodeValue, Span},
    model::activity::Activity,
};

impl Writer<'_> {
    /// Where a milestone is written: by its name, or as a window of an area's timeline.
    pub(super) fn home(&self, milestone: &str) -> Vec<String> {
        let own = |parts: &[&str]| parts.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>();
        let written = own(&["milestones", milestone]);
        if self.find(written.iter().map(String::as_str)).is_some() {
            return written;
        }
        let is_it = |(area, window): &(&str, &str)| {
            milestone.strip_prefix(area).and_then(|rest| rest.strip_prefix('_')) == Some(*window)
        };
        self.windows().into_iter().find(is_it).map_or(written, |(area, window)| own(&[area, "timeline", window]))
    }

    /// Every window of every area: area, window.
    fn windows(&self) -> Vec<(&str, &str)> {
        let Some(sources) = self.sources else { return Vec::new() };
        let areas = sources.tree.entries().iter();
        let windows = areas.flat_map(|area| {
            let timeline = area.value.get("timeline").map(Node::entries).unwrap_or_default();
            timeline.iter().map(|window| (&*area.key, &*window.key))
        });
        windows.collect()
    }

    /// Where an activity is written, below its milestone or in a window of an area's timeline, and that window.
    pub(super) fn places(&self, activity: &Activity) -> (Vec<Vec<String>>, Option<Vec<String>>) {
        let id = activity.id.as_str();
        // One of `for_each` is written once for all items.
        let written = id.split_once('[').map_or(id, |(written, _)| written);
        let own = |parts: &[&str]| parts.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>();
        let below = own(&["milestones", activity.milestone.as_str(), "activities", written]);
        if self.find(below.iter().map(String::as_str)).is_some() {
            return (vec![below], None);
        }
        for (area, window) in self.windows() {
            let short = written.strip_prefix(&format!("{area}_{window}_")).unwrap_or(written);
            let place = own(&[area, "timeline", window, "activities", short]);
            if self.find(place.iter().map(String::as_str)).is_some() {
                return (vec![place], Some(own(&[area, "timeline", window])));
            }
        }
        (vec![below], None)
    }
}

pub(super) fn join(base: &[String], steps: &[&str]) -> Vec<String> {
    base.iter().cloned().chain(steps.iter().map(|s| (*s).to_owned())).collect()
}

/// Where a value of the merged spec is written, and as what. `None`: nowhere.
pub(super) fn find<'s, 'n>(root: &'n Node<'n>, path: impl Iterator<Item = &'s str>) -> Option<(Span, &'n Node<'n>)> {
    let (mut node, mut span) = (root, root.span);
    for step in path {
        match &node.value {
            NodeValue::Map(_) => {
                let entry = node.entry(step)?;
                let is_whole =
                    entry.value.is_null() || !entry.value.entries().is_empty() || !entry.value.items().is_empty();
                span = if is_whole { entry.key_span } else { entry.value.span };
                node = &entry.value;
            }
            NodeValue::Seq(items) => {
                let is_it = |item: &&Node<'_>| {
                    let name = item.as_str().or_else(|| item.get("name").or_else(|| item.get("id"))?.as_str());
                    name == Some(step)
                };
                node = match step.parse::<usize>() {
                    Ok(index) => items.get(index)?,
                    Err(_) => items.iter().find(is_it)?,
                };
                span = node.entries().first().map_or(node.span, |e| e.key_span);
            }
            _ => return None,
        }
    }
    Some((span, node))
}

//! The checklists of a launch, each item answered by what is observed, or by a person with evidence.
//!
//! No item is answered yes without either. The items are data: see `catalog/checklists.yaml`.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::rules::{self, Rule};
use crate::{
    catalog::CHECKLISTS,
    core::{
        manifest::yaml,
        model::{
            Timestamp,
            area::Phase,
            checklist::Said,
            launch::Launch,
            name::{Actor, Id},
            state::LaunchState,
        },
    },
};

/// A list as the catalog has it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListDefinition {
    pub list: Id,
    pub title: String,
    /// The phase that it belongs to; `None`: to all.
    pub phase: Option<Phase>,
    pub items: Vec<ItemDefinition>,
}

/// An item as the catalog has it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemDefinition {
    /// Unique, but for an item that stands on two lists and has one answer.
    pub id: Id,
    pub title: String,
    /// What is looked at, the first that is there.
    #[serde(default)]
    pub seen: Vec<Rule>,
    /// What a person is asked where nothing is. Default: the title.
    #[serde(default)]
    pub ask: Option<String>,
}

/// Every list of the catalog, in the order in which a launch meets them.
pub fn definitions() -> &'static [ListDefinition] {
    static LISTS: LazyLock<Vec<ListDefinition>> = LazyLock::new(|| {
        let parsed = yaml::parse(CHECKLISTS.text);
        let document = parsed.documents.first().map(crate::core::manifest::node::Node::to_json).unwrap_or_default();
        serde_json::from_value(document).expect("the catalog's checklists are read by a test")
    });
    &LISTS
}

/// A checklist with its answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Checklist {
    pub list: Id,
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    pub items: Vec<Item>,
}

/// One item with its answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Item {
    pub id: Id,
    pub title: String,
    pub answer: Answer,
    /// Why the answer is as it is: never empty for a yes.
    pub evidence: Vec<Evidence>,
    /// What a person is asked, where launchd has nothing to look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Yes,
    No,
    NotYet,
    NotApplicable,
}

/// Something that shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// What was observed, in words.
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Who said so, where a person did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
    /// The part of the launch that it is about, as commands take it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
}

impl Evidence {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), at: None, by: None, part: None }
    }
    pub(super) fn at(self, at: Timestamp) -> Self {
        Self { at: Some(at), ..self }
    }
    pub(super) fn by(self, by: &Actor) -> Self {
        Self { by: Some(by.clone()), ..self }
    }
    pub(super) fn part(self, part: impl ToString) -> Self {
        Self { part: Some(part.to_string()), ..self }
    }
}

/// The five checklists of a launch at an instant.
pub fn checklists(launch: &Launch, state: &LaunchState, now: Timestamp) -> Vec<Checklist> {
    let list = |list: &ListDefinition| Checklist {
        list: list.list.clone(),
        title: list.title.clone(),
        phase: list.phase,
        items: list.items.iter().map(|item| answer(item, launch, state, now)).collect(),
    };
    definitions().iter().map(list).collect()
}

/// One item of a launch at an instant.
pub fn answer(item: &ItemDefinition, launch: &Launch, state: &LaunchState, now: Timestamp) -> Item {
    let facts = rules::Facts { launch, state, now };
    let told = |answer, evidence, ask| Item { id: item.id.clone(), title: item.title.clone(), answer, evidence, ask };
    let said = state.checklist.get(&item.id).map(|said| {
        let evidence = Evidence::new(&said.evidence).at(said.at).by(&said.by);
        let answer = match said.answer {
            Said::Yes => Answer::Yes,
            Said::No => Answer::No,
            Said::NotApplicable => Answer::NotApplicable,
        };
        (answer, evidence)
    });
    match (facts.seen(&item.seen), said) {
        // What a launch does without is a person's to say, whatever is observed.
        (_, Some((Answer::NotApplicable, evidence))) => told(Answer::NotApplicable, vec![evidence], None),
        (Some((answer, evidence)), _) => told(answer, evidence, None),
        (None, Some((answer, evidence))) => told(answer, vec![evidence], None),
        (None, None) => {
            let ask = item.ask.clone().unwrap_or_else(|| format!("{}?", item.title));
            told(Answer::NotYet, Vec::new(), Some(ask))
        }
    }
}

/// Whether launchd answers the item of this launch itself.
pub fn is_observed(item: &ItemDefinition, launch: &Launch, state: &LaunchState, now: Timestamp) -> bool {
    rules::Facts { launch, state, now }.seen(&item.seen).is_some()
}

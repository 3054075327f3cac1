//! What must be reached first: written needs, and the activities that templates and expressions speak of.

use std::collections::BTreeSet;

use foldhash::HashMap;

use super::{Lowering, activities::RawList, inside, milestones::Drafts, sentence};
use crate::core::{
    manifest::{document, library::did_you_mean, place::Step, problem::Problem},
    model::{
        activity::Need,
        name::{Id, Name},
    },
    template,
};

impl<'a> Lowering<'a> {
    /// The needs of every milestone, in the drafts' order.
    /// `asked` holds, for each, the activities that its checks speak of: those of other milestones must be reached first.
    pub(super) fn milestone_needs(
        &mut self,
        drafts: &Drafts<'a>,
        all: &RawList<'a>,
        asked: Vec<BTreeSet<Id>>,
    ) -> Vec<Vec<Need>> {
        let home: HashMap<&Id, usize> = all.list.iter().map(|r| (&r.id, r.milestone)).collect();
        let mut needs = Vec::with_capacity(drafts.list.len());
        for (at, (draft, asked)) in drafts.list.iter().zip(asked).enumerate() {
            let mut own: BTreeSet<_> = draft.implied.iter().cloned().collect();
            for (i, need) in draft.doc.iter().flat_map(|d| d.needs.iter().flatten()).enumerate() {
                let path = [Step::Key("milestones"), Step::Key(draft.id.as_str()), Step::Key("needs"), Step::Index(i)];
                let is_there = drafts.index.contains_key(need.as_str());
                match if is_there { None } else { self.cancelled(need.as_str()) } {
                    // A profile's need of a milestone that this launch cancels: what that needed is waited for instead.
                    Some(_) if self.span(&path).file != self.input.own.span.file => {
                        own.extend(self.bridged(need.as_str(), &path, drafts, all));
                    }
                    _ => own.extend(self.need(need.as_str(), &path, drafts, all)),
                }
            }
            own.extend(asked.into_iter().filter(|id| home.get(id) != Some(&at)).map(Need::Activity));
            needs.push(own.into_iter().collect());
        }
        needs
    }

    /// The milestone of that id, if it is written and cancelled.
    fn cancelled(&self, id: &str) -> Option<&'a document::Milestone> {
        let milestones = self.input.spec.milestones.as_ref()?;
        milestones
            .iter()
            .find(|(name, _)| *name.as_str() == *id)
            .map(|(_, doc)| doc)
            .filter(|m| m.cancelled == Some(true))
    }

    /// What a cancelled milestone needed, and where that is cancelled too, what that needed.
    fn bridged(&mut self, id: &str, path: &[Step<'_>], drafts: &Drafts<'a>, all: &RawList<'a>) -> Vec<Need> {
        let (mut open, mut seen, mut found) = (vec![id.to_owned()], BTreeSet::new(), Vec::new());
        while let Some(id) = open.pop() {
            match self.cancelled(&id) {
                Some(doc) if seen.insert(id.clone()) => {
                    open.extend(doc.needs.iter().flatten().map(|need| need.as_str().to_owned()));
                }
                Some(_) => {}
                None => found.extend(self.need(&id, path, drafts, all)),
            }
        }
        found
    }

    /// What a written need names.
    pub(super) fn need(&mut self, text: &str, path: &[Step<'_>], drafts: &Drafts<'a>, all: &RawList<'a>) -> Vec<Need> {
        let context = self.context.clone();
        let text = self.text(text, path, &context);
        if let Some((launch, milestone)) = text.split_once('/') {
            return self.foreign(launch, milestone, path).into_iter().collect();
        }
        if drafts.index.contains_key(&*text) {
            return text.parse().map(Need::Milestone).into_iter().collect();
        }
        if let Some(found) = all.find(&text) {
            return found.cloned().map(Need::Activity).collect();
        }
        let known = drafts.index.keys().map(String::as_str).chain(all.known());
        let instead = "Name what is to be waited for instead, or take the need out.".to_owned();
        let (detail, hint) = match (self.cancelled(&text), self.left_out.get(&*text)) {
            (Some(_), _) => {
                (format!("This launch cancels the milestone `{text}`, so nothing can wait for it."), instead)
            }
            (None, Some(why)) => (left_out(&text, why), instead),
            (None, None) => {
                (format!("This launch has neither a milestone nor an activity `{text}`."), did_you_mean(&text, known))
            }
        };
        let problem =
            Problem::error("reference/unknown-need", self.span(path), "unknown milestone or activity", detail)
                .hint(hint);
        self.problem(problem);
        Vec::new()
    }

    fn foreign(&mut self, launch: &str, milestone: &str, path: &[Step<'_>]) -> Option<Need> {
        self.input.reaches.set(true);
        let launches = &self.input.library.launches;
        let (Ok(name), Ok(id)) = (launch.parse::<Name>(), milestone.parse::<Id>()) else {
            let problem = Problem::error(
                "reference/invalid-need",
                self.span(path),
                "not a milestone of a launch",
                format!("`{launch}/{milestone}` is not of the form `launch/milestone`."),
            );
            self.problem(problem);
            return None;
        };
        let (what, hint) = match launches.get(&name) {
            None => ("launch", did_you_mean(launch, launches.keys().map(Name::as_str))),
            Some(_) => match self.input.library.milestones_of(&name) {
                Some(known) if !known.contains(milestone) => {
                    ("milestone", did_you_mean(milestone, known.iter().copied()))
                }
                _ => return Some(Need::Foreign { launch: name, milestone: id }),
            },
        };
        let detail = if what == "launch" {
            format!("There is no launch `{launch}`.")
        } else {
            format!("The launch `{launch}` has no milestone `{milestone}`.")
        };
        let code = if what == "launch" { "reference/unknown-launch" } else { "reference/unknown-milestone" };
        let problem = Problem::error(code, self.span(path), format!("unknown {what}"), detail).hint(hint);
        self.problem(problem);
        None
    }

    pub(super) fn unknown_milestone(&mut self, id: &str, path: &[Step<'_>], drafts: &Drafts<'a>) {
        let problem = Problem::error(
            "reference/unknown-milestone",
            self.span(path),
            "unknown milestone",
            format!("This launch has no milestone `{id}`."),
        )
        .hint(did_you_mean(id, drafts.index.keys().map(String::as_str)));
        self.problem(problem);
    }

    /// The activities that an expression or template speaks of.
    pub(super) fn used(
        &mut self,
        members: Vec<template::Member>,
        text: &str,
        path: &[Step<'_>],
        all: &RawList<'a>,
    ) -> Vec<Id> {
        let mut used = Vec::new();
        for member in members {
            let span = inside(self.span(path), text, Some(member.at));
            let Some(name) = member.name else {
                let problem = Problem::error(
                    "template/computed-activity",
                    span,
                    "an activity that is only known later",
                    sentence("the activity must be written out, so that launchd knows what to wait for"),
                )
                .hint("Write `activities.epic.url` or `activities['post[emea]'].url`.");
                self.problem(problem);
                continue;
            };
            let exact = all.list.iter().find(|r| r.id == *name.as_str());
            match exact {
                Some(raw) => used.push(raw.id.clone()),
                None => {
                    let known = all.list.iter().map(|r| r.id.as_str());
                    let (detail, hint) = match self.left_out.get(&*name) {
                        Some(why) => (left_out(&name, why), "Name an activity that is made.".to_owned()),
                        None => (format!("This launch has no activity `{name}`."), did_you_mean(&name, known)),
                    };
                    let problem =
                        Problem::error("reference/unknown-activity", span, "unknown activity", detail).hint(hint);
                    self.problem(problem);
                }
            }
        }
        used
    }
}

fn left_out(activity: &str, why: &str) -> String {
    format!("The activity `{activity}` is left out of this launch, because {why}, so nothing can wait for it.")
}

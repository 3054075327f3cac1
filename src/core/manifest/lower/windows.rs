//! The stretches of time of an area's time line: their activities join the one graph, under a milestone.

use std::{borrow::Cow, sync::LazyLock};

use super::{
    Edge, Lowering,
    activities::{Home, Origin, Raw},
    dates, humanize,
    milestones::{Draft, Drafts},
};
use crate::core::{
    manifest::{
        document::{self, ListOr, Window},
        place::Step,
        problem::Problem,
    },
    model::{
        Timestamp,
        activity::Need,
        area::{Area, Phase},
    },
};

static PLAIN: LazyLock<document::Activity> = LazyLock::new(document::Activity::default);

impl<'a> Lowering<'a> {
    #[expect(clippy::too_many_arguments, reason = "one window with the lists it adds to")]
    pub(super) fn window(
        &mut self,
        area: Area,
        key: &'a str,
        name: &'a str,
        window: &'a Window,
        owner: Option<&'a str>,
        drafts: &mut Drafts<'a>,
        list: &mut Vec<Raw<'a>>,
    ) {
        let path = [Step::Key(key), Step::Key("timeline"), Step::Key(name)];
        let field = |field| [path[0], path[1], path[2], Step::Key(field)];
        let mut start =
            window.start.as_ref().and_then(|s| self.date(s.as_str(), Edge::Start, &field("start"), &drafts.dues));
        let end = window.end.as_ref().and_then(|e| self.date(e.as_str(), Edge::Due, &field("end"), &drafts.dues));
        if let (Some(opens), Some(closes)) = (start, end)
            && closes < opens
        {
            let problem = Problem::error(
                "date/window-ends-before-start",
                self.span(&field("end")),
                "a window that ends before it starts",
                format!("It starts {} and ends {}.", self.show(opens), self.show(closes)),
            )
            .hint("Move `start` or `end`.");
            self.problem(problem);
            // Nothing else is to be said of these two dates.
            start = None;
        }
        let count = match &window.activities {
            None => 0,
            Some(ListOr::List(names)) => names.len(),
            Some(ListOr::Full(table)) => table.len(),
        };
        if count == 0 {
            return;
        }
        let owner = window.owner.as_deref().or(owner);
        let Some(milestone) = self.window_milestone(key, name, window, owner, (start, end), drafts) else { return };
        if let (Some(opens), Some(closes)) = (start, end) {
            self.opens_too_late(&field("milestone"), (key, name), &drafts.list[milestone], (opens, closes));
        }
        let draft = &drafts.list[milestone];
        let due = end.map_or(draft.due, |e| if Some(draft.due) < start { e } else { e.min(draft.due) });
        let mut add = |lowering: &mut Self, id: &'a str, doc: &'a document::Activity| {
            let origin = Origin { home: Home::Window { area: key, window: name }, id, undo: false };
            let full = format!("{key}_{name}_{id}");
            let Some(full_id) = lowering.id(&full, &origin.path()) else { return };
            let base = Raw {
                id: full_id,
                written: Cow::Owned(full),
                doc,
                milestone,
                area: doc.area.unwrap_or(area),
                not_before: start,
                due,
                owner: owner.map(str::to_owned).or_else(|| draft.owner.clone()),
                origin,
                item: None,
            };
            lowering.expand(base, draft, list);
        };
        match &window.activities {
            Some(ListOr::List(names)) => names.iter().for_each(|n| add(self, n, &PLAIN)),
            Some(ListOr::Full(table)) => table.iter().for_each(|(id, doc)| add(self, id.as_str(), doc)),
            None => {}
        }
    }

    /// Warns of a window whose activities are late as soon as they may begin.
    fn opens_too_late(
        &mut self,
        path: &[Step<'_>],
        (area, name): (&str, &str),
        milestone: &Draft<'_>,
        (opens, closes): (Timestamp, Timestamp),
    ) {
        if opens < milestone.due || closes == opens || self.unsure.contains(milestone.id.as_str()) {
            return;
        }
        let detail = format!(
            "`{area}.{name}` opens {}, and `{}`, which its activities belong to, is due {}.",
            self.show(opens),
            milestone.id,
            self.show(milestone.due)
        );
        let problem = Problem::warning(
            "lint/opens-when-due",
            self.span(path),
            "a window that opens when its milestone is already due",
            detail,
        )
        .hint(
            "Leave `milestone` out, so that the window has one of its own, due at its end; or move one of the dates.",
        );
        self.problem(problem);
    }

    /// The milestone of a window: the one it names; else `AREA_WINDOW`, which is made when the plan has none.
    ///
    /// Work that goes on after launch day must not hold launch day back, nor be cut short by the review: the figures
    /// of the built-in profiles let it end after either. So it gets a milestone that ends when the window does.
    fn window_milestone(
        &mut self,
        area: &'a str,
        name: &'a str,
        window: &'a Window,
        owner: Option<&'a str>,
        (start, end): (Option<Timestamp>, Option<Timestamp>),
        drafts: &mut Drafts<'a>,
    ) -> Option<usize> {
        if let Some(written) = &window.milestone {
            let found = drafts.index.get(written.as_str()).copied();
            if found.is_none() {
                let path = [Step::Key(area), Step::Key("timeline"), Step::Key(name), Step::Key("milestone")];
                self.unknown_milestone(written.as_str(), &path, drafts);
            }
            return found;
        }
        let id = format!("{area}_{name}");
        if let Some(found) = drafts.index.get(&id) {
            return Some(*found);
        }
        let target = dates::start_of(self.target, self.zone);
        let phase = window.phase.unwrap_or(match name {
            "pre_launch" => Phase::PreLaunch,
            "launch" | "launch_week" | "launch_day" => Phase::Launch,
            "post_launch" => Phase::PostLaunch,
            _ => match start.or(end) {
                Some(at) if at < target => Phase::PreLaunch,
                Some(at) if at > target => Phase::PostLaunch,
                _ => Phase::Launch,
            },
        });
        let launch_day = drafts.list.iter().filter(|d| d.doc.is_some() && d.phase == Phase::Launch);
        let implied = if phase == Phase::PostLaunch {
            launch_day.map(|d| Need::Milestone(d.id.clone().into_owned())).collect()
        } else {
            Vec::new()
        };
        let path = [Step::Key(area), Step::Key("timeline"), Step::Key(name)];
        let id = self.id(&id, &path)?;
        drafts.index.insert(id.to_string(), drafts.list.len());
        drafts.list.push(Draft {
            title: format!("{}: {}", humanize(area), humanize(name)),
            id: Cow::Owned(id),
            doc: None,
            description: None,
            phase,
            start,
            due: end.unwrap_or(target),
            duration: None,
            fixed: false,
            owner: owner.map(str::to_owned).or_else(|| self.input.spec.owner.clone()),
            backup: self.input.spec.backup.clone(),
            implied,
        });
        Some(drafts.list.len() - 1)
    }
}

//! How an activity ends that is no longer wanted: when it leaves the file, and when its launch is cancelled.

use std::borrow::Cow;

use super::{
    Lowering,
    activities::{Origin, Raw, RawList},
    milestones::Drafts,
};
use crate::core::{
    manifest::{
        document::{self, OnCancel},
        place::Step,
        problem::Problem,
    },
    model::{
        activity::{Activity, Compensation, Removal, Uses},
        connector::Resource,
    },
};

impl<'a> Lowering<'a> {
    pub(super) fn on_cancel(
        &mut self,
        doc: &'a document::Activity,
        raw: &Raw<'a>,
        drafts: &Drafts<'a>,
        all: &RawList<'a>,
        known: Option<(&Resource, &Uses)>,
    ) -> Compensation {
        match &doc.on_cancel {
            None => Compensation::Keep,
            Some(OnCancel::Run(run)) => self
                .compensation(run, raw, drafts, all)
                .map_or(Compensation::Keep, |activity| Compensation::Run(Box::new(activity))),
            Some(OnCancel::Remove(removal)) => {
                if let Some((resource, uses)) = known {
                    self.can_end(*removal, resource, uses, &raw.origin.field("on_cancel"));
                }
                match removal {
                    Removal::Keep => Compensation::Keep,
                    Removal::Close => Compensation::Close,
                    Removal::Delete => Compensation::Delete,
                }
            }
        }
    }

    fn compensation(
        &mut self,
        doc: &'a document::Activity,
        raw: &Raw<'a>,
        drafts: &Drafts<'a>,
        all: &RawList<'a>,
    ) -> Option<Activity> {
        let origin = Origin { undo: true, ..raw.origin };
        if raw.origin.undo {
            let path = origin.field("on_cancel");
            let problem = Problem::error(
                "activity/cannot-end",
                self.span(&path),
                "an undoing that is to be undone",
                format!("`{}` runs when the launch is cancelled already, and nothing cancels it.", raw.id),
            )
            .hint("Take this `on_cancel` out.");
            self.problem(problem);
            return None;
        }
        let written = format!("{}-on_cancel", raw.written);
        let name = raw.id.as_str().replacen(&*raw.written, &written, 1);
        let base = Raw {
            id: self.id(&name, &origin.path())?,
            written: Cow::Owned(written),
            doc,
            owner: raw.owner.clone(),
            origin,
            item: raw.item.clone(),
            ..*raw
        };
        self.activity(&base, drafts, all)
    }

    pub(super) fn can_end(&mut self, removal: Removal, resource: &Resource, uses: &Uses, path: &[Step<'_>]) {
        let word = match removal {
            Removal::Close if !resource.can_close => "close",
            Removal::Delete if !resource.can_delete => "delete",
            _ => return,
        };
        let able: Vec<_> = [("keep", true), ("close", resource.can_close), ("delete", resource.can_delete)]
            .iter()
            .filter_map(|(w, able)| able.then_some(format!("`{w}`")))
            .collect();
        let problem = Problem::error(
            "activity/cannot-end",
            self.span(path),
            format!("cannot {word} such an object"),
            format!("The connector of `{uses}` has no way to {word} it."),
        )
        .hint(format!("Possible: {}.", able.join(", ")));
        self.problem(problem);
    }
}

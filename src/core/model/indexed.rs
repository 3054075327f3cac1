//! A launch whose parts are found by their names at once, for what looks at all of them.

use std::ops::Deref;

use foldhash::HashMap;

use super::{activity::Activity, launch::Launch, milestone::Milestone, name::Id};

/// A launch with an index of its milestones and activities; its own look-ups go through the whole list each time.
pub struct Indexed<'a> {
    launch: &'a Launch,
    milestones: HashMap<&'a Id, &'a Milestone>,
    activities: HashMap<&'a Id, &'a Activity>,
    members: HashMap<&'a Id, Vec<&'a Activity>>,
}

impl<'a> Indexed<'a> {
    pub fn new(launch: &'a Launch) -> Self {
        let mut members: HashMap<&Id, Vec<&Activity>> = HashMap::default();
        for activity in &launch.activities {
            members.entry(&activity.milestone).or_default().push(activity);
        }
        // Of two of one name the first is meant, as everywhere.
        Self {
            launch,
            milestones: launch.milestones.iter().rev().map(|m| (&m.id, m)).collect(),
            activities: launch.activities.iter().rev().map(|a| (&a.id, a)).collect(),
            members,
        }
    }

    pub fn milestone(&self, id: &Id) -> Option<&'a Milestone> {
        self.milestones.get(id).copied()
    }

    pub fn activity(&self, id: &Id) -> Option<&'a Activity> {
        self.activities.get(id).copied()
    }

    pub fn activities_of(&self, milestone: &Id) -> impl Iterator<Item = &'a Activity> {
        self.members.get(milestone).into_iter().flatten().copied()
    }
}

impl Deref for Indexed<'_> {
    type Target = Launch;

    fn deref(&self) -> &Launch {
        self.launch
    }
}

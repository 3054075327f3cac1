//! The launch that a person speaks about: found by name, with its state and its accepted plan.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use clap::Args;

use super::{problem::Problem, world::Session};
use crate::{
    core::model::{
        Timestamp,
        activity::Activity,
        check::Check,
        event::{Event, EventKind},
        goal::Goal,
        launch::Launch,
        milestone::Milestone,
        name::{Id, Name},
        state::LaunchState,
    },
    core::plan::{Desired, Plan, plan},
    core::review::checklist::{self, ItemDefinition},
    edges::store::{NewEvent, Store},
    reconcile::Engine,
};

/// `LAUNCH ITEM`, or `LAUNCH/ITEM`.
#[derive(Debug, Clone, Args)]
pub struct ItemArgs {
    /// The launch; or LAUNCH/ITEM in one word.
    #[arg(value_name = "LAUNCH")]
    pub launch: String,
    /// An activity, a milestone, a check as MILESTONE.CHECK, a goal as goal.NAME, or checklist.ITEM.
    #[arg(value_name = "ITEM")]
    pub item: Option<String>,
}

impl ItemArgs {
    /// Both words.
    ///
    /// # Errors
    /// One is missing, or the launch's name cannot be one.
    pub fn split(&self) -> Result<(Name, Option<String>), Problem> {
        let (launch, item) = match (self.launch.split_once('/'), &self.item) {
            (Some((launch, item)), None) => (launch, Some(item.to_owned())),
            (Some(_), Some(item)) => {
                return Err(Problem::new(format!(
                    "`{}` names an item already, and `{item}` is a second one",
                    self.launch
                ))
                .hint("LAUNCH ITEM, or LAUNCH/ITEM"));
            }
            (None, item) => (self.launch.as_str(), item.clone()),
        };
        Ok((name(launch)?, item))
    }

    /// Both words, the item being needed.
    ///
    /// # Errors
    /// One is missing, or the launch's name cannot be one.
    pub fn both(&self) -> Result<(Name, String), Problem> {
        match self.split()? {
            (launch, Some(item)) => Ok((launch, item)),
            (launch, None) => Err(Problem::new(format!("which part of {launch}?"))
                .why("an activity, a milestone or a check must be named")
                .hint(format!("`launchd status {launch}` shows what is asked of people, with the command to type"))),
        }
    }
}

/// Parses a launch's name at the entrance.
///
/// # Errors
/// It cannot be one, with why.
pub fn name(text: &str) -> Result<Name, Problem> {
    text.parse().map_err(|e| Problem::new(format!("`{text}` cannot be the name of a launch")).why(format!("{e}")))
}

/// Parses an id at the entrance.
///
/// # Errors
/// It cannot be one, with why.
pub fn id(text: &str) -> Result<Id, Problem> {
    text.parse()
        .map_err(|e| Problem::new(format!("`{text}` cannot be the name of a part of a launch")).why(format!("{e}")))
}

/// A known launch.
pub struct Known {
    pub store: Arc<dyn Store>,
    pub name: Name,
    pub state: LaunchState,
    /// The plan that passes work towards. A launch that never was accepted has none.
    pub accepted: Option<Arc<Launch>>,
}

/// A part of a launch that a person can speak about.
#[derive(Debug, Clone, Copy)]
pub enum Item<'a> {
    Activity(&'a Activity),
    /// No longer in the file, and still known.
    Former(&'a Id),
    Milestone(&'a Milestone),
    Check(&'a Milestone, &'a Check),
    Goal(&'a Goal),
    /// An item of the checklists.
    Listed(&'static ItemDefinition),
}

impl Known {
    /// Finds a launch in the store.
    ///
    /// # Errors
    /// The store has no such launch; says which were meant.
    pub async fn open(session: &Session<'_>, launch: &Name) -> Result<Self, Problem> {
        let store = session.store()?;
        let state = store.state(launch).await?;
        if state.version == 0 {
            let known: Vec<String> = store.launches().await?.into_iter().map(|row| row.launch.to_string()).collect();
            return Err(unknown("launch", launch.as_str(), &known)
                .hint("a launch is known from its first pass on: `launchd apply` or the daemon makes one"));
        }
        let accepted = match &state.header.accepted {
            Some(revision) => store.revision(launch, revision).await?.map(|kept| kept.launch),
            None => None,
        };
        Ok(Self { store, name: launch.clone(), state, accepted })
    }

    /// The accepted plan.
    ///
    /// # Errors
    /// There never was one.
    pub fn plan(&self) -> Result<&Launch, Problem> {
        self.accepted.as_deref().ok_or_else(|| {
            Problem::new(format!("{} was never accepted", self.name))
                .why(match self.state.header.held.as_ref().and_then(|m| m.text.as_ref()) {
                    Some(reason) => format!("its file cannot be followed: {reason}"),
                    None => "no pass has read a valid file of it yet".to_owned(),
                })
                .hint("`launchd validate` shows what is wrong with the files")
        })
    }

    /// What would be done now, by what is known: nobody is called.
    ///
    /// # Errors
    /// It never was accepted, or the store cannot be read.
    pub async fn planned(&self, now: Timestamp) -> Result<Plan, Problem> {
        let launch = self.plan()?;
        let mut others = BTreeMap::new();
        for (name, _) in launch.foreign_needs() {
            others.insert(name.clone(), self.store.state(name).await?);
        }
        let revision = launch.revision();
        let desired = Desired::Launch { launch, revision: &revision };
        Ok(plan(desired, &Engine::stored(desired, self.state.clone(), &others), now))
    }

    /// Finds a part by the word that was typed.
    ///
    /// # Errors
    /// There is no such part; says which was meant.
    pub fn item(&self, text: &str) -> Result<Item<'_>, Problem> {
        if let Some((milestone, check)) = text.split_once('.').filter(|_| !text.contains('[')) {
            let (milestone, check) = (id(milestone)?, id(check)?);
            // A milestone of that name comes first: it was there before goals were spoken of so.
            if milestone == *"goal" && self.plan()?.milestone(&milestone).is_none() {
                let known: Vec<String> = self.plan()?.goals.iter().map(|g| g.name.to_string()).collect();
                let found = self.plan()?.goals.iter().find(|g| g.name == check);
                let missing = || unknown(&format!("goal of {}", self.name), check.as_str(), &known);
                return found.map(Item::Goal).ok_or_else(missing);
            }
            if milestone == *"checklist" && self.plan()?.milestone(&milestone).is_none() {
                let mut items = checklist::definitions().iter().flat_map(|l| &l.items);
                let known: Vec<String> = items.clone().map(|i| i.id.to_string()).collect();
                let missing = || unknown("item of the checklists", check.as_str(), &known);
                return items.find(|i| i.id == check).map(Item::Listed).ok_or_else(missing);
            }
            let milestone = self.milestone(&milestone)?;
            let known: Vec<String> = milestone.checks.iter().map(|c| c.name.to_string()).collect();
            let found = milestone.checks.iter().find(|c| c.name == check);
            let missing = || unknown(&format!("check of milestone {}", milestone.id), check.as_str(), &known);
            return Ok(Item::Check(milestone, found.ok_or_else(missing)?));
        }
        let id = id(text)?;
        if let Some(launch) = self.accepted.as_deref() {
            if let Some(activity) = launch.activity(&id) {
                return Ok(Item::Activity(activity));
            }
            if let Some(milestone) = launch.milestone(&id) {
                return Ok(Item::Milestone(milestone));
            }
        }
        if let Some((id, _)) = self.state.activities.get_key_value(&id) {
            return Ok(Item::Former(id));
        }
        Err(unknown(&format!("part of {}", self.name), text, &self.parts()))
    }

    /// A milestone of the accepted plan.
    ///
    /// # Errors
    /// There is no such milestone; says which was meant.
    pub fn milestone(&self, id: &Id) -> Result<&Milestone, Problem> {
        let launch = self.plan()?;
        let known: Vec<String> = launch.milestones.iter().map(|m| m.id.to_string()).collect();
        launch.milestone(id).ok_or_else(|| unknown(&format!("milestone of {}", self.name), id.as_str(), &known))
    }

    /// Every word that [`Known::item`] understands.
    fn parts(&self) -> Vec<String> {
        let mut parts: BTreeSet<String> = self.state.activities.keys().map(ToString::to_string).collect();
        if let Some(launch) = self.accepted.as_deref() {
            parts.extend(launch.activities.iter().map(|a| a.id.to_string()));
            for milestone in &launch.milestones {
                parts.insert(milestone.id.to_string());
                parts.extend(milestone.checks.iter().map(|c| format!("{}.{}", milestone.id, c.name)));
            }
            parts.extend(launch.goals.iter().map(|g| format!("goal.{}", g.name)));
        }
        parts.into_iter().collect()
    }

    /// Writes down what a person said, which wakes a daemon at work on this store.
    ///
    /// # Errors
    /// Nobody could be told to say it, or the store failed.
    pub async fn say(&self, session: &Session<'_>, kinds: Vec<EventKind>) -> Result<Vec<Event>, Problem> {
        let (at, actor) = (session.now(), session.actor()?);
        let new = |kind| NewEvent { at, launch: self.name.clone(), actor: actor.clone(), kind };
        Ok(self.store.append(None, kinds.into_iter().map(new).collect()).await?)
    }
}

/// "There is no …", with what was probably meant.
pub fn unknown(what: &str, text: &str, known: &[String]) -> Problem {
    let problem = Problem::new(format!("there is no {what} called `{text}`"));
    let near = known
        .iter()
        .map(|k| (strsim::damerau_levenshtein(k, text), k))
        .filter(|(distance, k)| *distance <= (k.len().max(text.len()) / 3).max(1))
        .min();
    match near {
        Some((_, near)) => problem.hint(format!("did you mean `{near}`?")),
        None if known.is_empty() => problem,
        None => problem.hint(format!("there are: {}", crate::ui::render::text::list(known, 12))),
    }
}

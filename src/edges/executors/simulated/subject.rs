//! What of a launch a fault can be about.
//!
//! In: a fault as it was written, and the launch. Out: the fault about one thing that is there, under its whole name.

use super::fault::{Fault, FaultError};
use crate::core::{manifest::library::did_you_mean, model::launch::Launch};

impl Fault {
    /// The same about a thing of this launch. A check or an approval may go by its own name where no other has it.
    ///
    /// # Errors
    /// Nothing of the launch is called so, or several things are.
    pub fn of(mut self, launch: &Launch) -> Result<Self, FaultError> {
        let Some(written) = self.subject.take() else { return Ok(self) };
        let known = subjects(launch);
        if known.contains(&written) {
            return Ok(Self { subject: Some(written), ..self });
        }
        let named = |full: &&String| full.split_once('.').is_some_and(|(_, own)| own == written);
        let meant: Vec<&String> = known.iter().filter(named).collect();
        match meant[..] {
            [one] => Ok(Self { subject: Some(one.clone()), ..self }),
            [] => {
                let own = known.iter().filter_map(|full| Some(full.split_once('.')?.1));
                let hint = did_you_mean(&written, known.iter().map(String::as_str).chain(own));
                Err(FaultError::Subject { name: written, launch: launch.name.clone(), hint })
            }
            _ => {
                let all: Vec<String> = meant.into_iter().map(|full| format!("`{full}`")).collect();
                Err(FaultError::Several { name: written, all: all.join(", ") })
            }
        }
    }
}

/// Activities by id, checks and approvals as `MILESTONE.NAME`, goals as `goal.NAME`.
fn subjects(launch: &Launch) -> Vec<String> {
    let activities = launch.activities.iter().map(|a| a.id.to_string());
    let parts = launch.milestones.iter().flat_map(|m| {
        let names = m.checks.iter().map(|c| &c.name).chain(m.approvals.iter().map(|a| &a.name));
        names.map(|name| format!("{}.{name}", m.id))
    });
    activities.chain(parts).chain(launch.goals.iter().map(|g| format!("goal.{}", g.name))).collect()
}

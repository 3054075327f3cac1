//! Whether the person at the keyboard may speak for a role, and what they are told when not.

use super::{Problem, Session, files::Files};
use crate::{
    core::{
        model::{name::Actor, team::Teams},
        review::authority::{self, Refusal, Roles, Word},
    },
    ui::render::text::{clean, list},
};

/// Lets somebody speak for a role, with a note where nobody is listed for it. `what` names that which is answered.
///
/// # Errors
/// They may not, or nobody can say who may.
pub(super) fn authorize(
    session: &Session<'_>,
    actor: &Actor,
    role: &str,
    word: Word,
    what: &str,
) -> Result<(), Problem> {
    let teams = teams(session);
    let roles = Roles { listed: &session.settings.roles.value, teams: teams.as_ref() };
    let refused = |why: String| Problem::new(format!("{actor} may not answer {what}")).why(why).not_as_asked();
    let role = clean(role);
    match authority::authorize(actor, &role, word, &roles) {
        Ok(true) => Ok(()),
        Ok(false) => {
            session.out.note(&format!(
                "Nobody is listed for {role}, so anybody can answer {what}: a team of that name, or policy.roles in the \
                 settings, says who they are.\n"
            ));
            Ok(())
        }
        Err(Refusal::Unreadable) => {
            Err(refused(format!("who {role} is cannot be told: the plan files, teams among them, have errors"))
                .hint("mend them first: launchd validate"))
        }
        Err(Refusal::Nobody) => Err(refused(format!("it is for {role}, and nobody is listed for that")).hint(
            "list them: members of a `kind: Team` of that name or with that role, or policy.roles in launchd.yaml",
        )),
        Err(Refusal::Others(people)) => {
            let problem = refused(format!("it is for {role}, as policy.roles and the teams say"));
            Err(problem.hint(format!("one of them can: {}", list(&people, 12))))
        }
    }
}

/// The teams of the plan files. `None` where any file cannot be read or has a problem of its own: a team with an error
/// must not count as none.
fn teams(session: &Session<'_>) -> Option<Teams> {
    let files = Files::of_source(session).ok()?;
    let judged = files.judge(&session.settings);
    let is_whole = judged.are_read() && judged.loaded.diagnostics.iter().all(|d| !d.is_error());
    is_whole.then_some(judged.loaded.teams)
}

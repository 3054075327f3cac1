//! A proposal as a unified diff: of the file that the profile is written in, or a new file over a built-in profile.

use similar::TextDiff;

use super::{Change, FilePatch, Lesson, Why};
use crate::core::{
    manifest::{document::Kind, edit},
    model::name::Id,
};

/// The file's text with all changes that can be written into it, and the milestones of those that cannot.
pub fn edited(text: &str, lesson: &Lesson) -> (String, Vec<Id>) {
    let mut text = text.to_owned();
    let mut by_hand = Vec::new();
    for change in &lesson.changes {
        let path = ["spec", "milestones", change.milestone.as_str(), change.field.as_str()];
        let new = change.to.as_ref().and_then(|to| edit::set(&text, Kind::Profile, lesson.profile.as_str(), &path, to));
        match new {
            Some(new) => text = new,
            None if by_hand.last() == Some(&change.milestone) => {}
            None => by_hand.push(change.milestone.clone()),
        }
    }
    (text, by_hand)
}

/// A new profile over the built-in one, with each reason beside its line, and the milestones of changes that it cannot hold.
pub fn written(name: &str, lesson: &Lesson) -> (String, Vec<Id>) {
    let mut out = format!(
        "# What {} finished launches took, over what `{}` promises. Written by `launchd report --kind retrospective`.\n\
         # A plan starts from it with `profile: {name}` under its `spec`.\n\
         apiVersion: launchd/v1\nkind: Profile\nmetadata:\n  name: {name}\nextends: {}\nspec:\n  milestones:\n",
        lesson.launches.len(),
        lesson.profile,
        lesson.profile,
    );
    let mut by_hand = Vec::new();
    let mut last = None;
    for change in &lesson.changes {
        let Some(to) = &change.to else {
            by_hand.push(change.milestone.clone());
            continue;
        };
        if last != Some(&change.milestone) {
            out += &format!("    {}:\n", change.milestone);
            last = Some(&change.milestone);
        }
        out += &format!("      {}: {to} # was {}: {}\n", change.field.as_str(), change.from, reason(change));
    }
    (out, by_hand)
}

/// The reason of a change in a few words, by ids.
pub fn reason(change: &Change) -> String {
    let ids = |ids: &[Id]| ids.iter().map(Id::as_str).collect::<Vec<_>>().join(", ");
    match &change.why {
        Why::Longer { days } => format!("it takes {} longer", self::days(*days)),
        Why::Feeds { milestones } => format!("more time for {}", ids(milestones)),
        Why::OnlyDate { days } => format!("it takes {} longer, and has no length that could say so", self::days(*days)),
        Why::After { milestones } => format!("it waits for {}", ids(milestones)),
        Why::Stays { from } => format!("{from} moves, and it does not"),
    }
}

/// `1 day`, `5 days`; the sign is left out.
pub fn days(n: i64) -> String {
    if n.abs() == 1 { "1 day".to_owned() } else { format!("{} days", n.abs()) }
}

/// What `git apply` takes, in the folder that `path` counts from. `before` is `None` for a new file. `None`: no difference.
pub fn diff(path: &str, before: Option<&str>, after: &str) -> Option<FilePatch> {
    // A path with blanks ends with a tab, as GNU diff and git have it.
    let end = if path.contains(' ') { "\t" } else { "" };
    let old = before.map_or_else(|| "/dev/null".to_owned(), |_| format!("a/{path}{end}"));
    let text = TextDiff::from_lines(before.unwrap_or_default(), after)
        .unified_diff()
        .context_radius(3)
        .header(&old, &format!("b/{path}{end}"))
        .to_string();
    (!text.is_empty()).then(|| FilePatch { path: path.to_owned(), is_new: before.is_none(), text })
}

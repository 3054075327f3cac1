//! Owners whom nobody can find: of no team, where there are teams.

use std::collections::BTreeMap;

use crate::core::manifest::{
    builtin::is_built_in,
    library::nearest,
    lower::Input,
    node::{Node, Span},
    problem::Problem,
};

/// Named at most; of more it is said how many.
const MOST: usize = 6;

/// Says once for a launch which owners and backups no `kind: Team` knows. Names that look misspelt are told where they stand,
/// and those of the built-in profiles are nobody's choice.
pub(super) fn lint(input: &Input<'_>, problems: &mut Vec<Problem>) {
    let people = &input.library.people;
    if people.is_empty() {
        return;
    }
    let mut found: BTreeMap<&str, Span> = BTreeMap::new();
    collect(input.tree, &mut found);
    found.retain(|name, _| !people.contains(*name) && nearest(name, people.iter().map(String::as_str)).is_none());
    let Some(first) = found.values().min_by_key(|span| (span.file, span.start)) else { return };
    let named: Vec<String> = found.keys().take(MOST).map(|name| format!("`{name}`")).collect();
    let more = match found.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let detail =
        format!("No `kind: Team` knows {}{more}, so nobody is asked, and nobody's time is counted.", named.join(", "));
    let problem = Problem::warning("lint/unknown-owner", *first, "owners whom no team knows", detail);
    problems.push(problem.hint("Add them to a `kind: Team`, as its name, its title, a member or a role."));
}

/// Every `owner` and `backup` as written, but in what is sent to a vendor.
fn collect<'n>(node: &'n Node<'_>, found: &mut BTreeMap<&'n str, Span>) {
    for entry in node.entries() {
        match (&*entry.key, entry.value.as_str()) {
            ("owner" | "backup", Some(name)) if !name.contains("{{") && !is_built_in(entry.value.span.file) => {
                found.entry(name).or_insert(entry.value.span);
            }
            ("with" | "parameters", _) => {}
            _ => collect(&entry.value, found),
        }
    }
    for item in node.items() {
        collect(item, found);
    }
}

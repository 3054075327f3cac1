//! Profiles merged with what they extend, and which of them a launch is written over.

use std::{borrow::Cow, collections::BTreeMap};

use super::{
    currency,
    document::{Kind, Parameter},
    library::{Library, did_you_mean},
    merge::{merge, without_nulls},
    node::{Node, Span},
    problem::Problem,
};
use crate::core::model::name::{Id, Name};

/// A profile with everything that it extends.
#[derive(Debug)]
pub struct Base<'a> {
    pub spec: Node<'a>,
    pub parameters: BTreeMap<Id, Parameter>,
}

impl<'a> Library<'a> {
    /// What a launch is written over: its profile, or the built-in one of its type.
    ///
    /// # Errors
    /// There is no such profile, or it cannot be used.
    pub(super) fn base_of(&self, own: &Node<'_>, whole: Span) -> Result<Option<&Base<'a>>, Box<Problem>> {
        let (field, written) = match own.get("profile").and_then(Node::as_str) {
            Some(profile) => ("profile", Cow::Borrowed(profile)),
            None => match own.get("launch_type").and_then(Node::as_str) {
                Some(launch_type) => ("launch_type", Cow::Owned(launch_type.replace('_', "-"))),
                None => return Ok(None),
            },
        };
        let span = own.get(field).map_or(whole, |n| n.span);
        if let Some(base) = self.bases.get(&*written) {
            return Ok(Some(base));
        }
        let is_broken = written
            .parse()
            .is_ok_and(|n: Name| self.broken.contains(&(Kind::Profile, n.clone())) || self.profiles.contains_key(&n));
        if is_broken {
            return Err(Box::new(
                Problem::error(
                    "profile/broken",
                    span,
                    "a profile with errors",
                    format!("The profile `{written}` has errors of its own, so this launch cannot be resolved."),
                )
                .hint("Mend the profile first."),
            ));
        }
        let known = self.profiles.keys().map(Name::as_str);
        Err(Box::new(
            Problem::error(
                "reference/unknown-profile",
                span,
                "unknown profile",
                format!("There is no `kind: Profile` named `{written}`."),
            )
            .hint(did_you_mean(&written, known)),
        ))
    }

    /// Merges each profile over what it extends.
    pub(super) fn merge_profiles(&mut self, problems: &mut Vec<Problem>) {
        let names: Vec<_> = self.profiles.keys().cloned().collect();
        for name in names {
            let mut chain = Vec::new();
            let mut next = Some(name.clone());
            let mut whole = true;
            while let Some(current) = next {
                if chain.contains(&current) {
                    if chain[0] == current && chain.iter().min() == Some(&current) {
                        problems.push(self.profile_cycle(&chain));
                    }
                    whole = false;
                    break;
                }
                let Some(entry) = self.profiles.get(&current) else {
                    if chain.len() == 1 && !self.broken.contains(&(Kind::Profile, current.clone())) {
                        let child = &self.profiles[&chain[0]];
                        let others = self.profiles.keys().filter(|other| **other != name);
                        let known = others.map(Name::as_str);
                        problems.push(
                            Problem::error(
                                "reference/unknown-profile",
                                child.extends_span,
                                "unknown profile",
                                format!("`{}` extends `{current}`, and there is no such profile.", chain[0]),
                            )
                            .hint(did_you_mean(current.as_str(), known)),
                        );
                    }
                    whole = false;
                    break;
                };
                next = entry.extends.clone();
                chain.push(current);
            }
            if !whole {
                continue;
            }
            let mut spec: Option<Node<'a>> = None;
            let mut parameters = BTreeMap::new();
            for link in chain.iter().rev() {
                let entry = &self.profiles[link];
                parameters.extend(entry.parameters.iter().map(|(id, p)| (id.clone(), p.clone())));
                if let Some(own) = entry.root.get("spec") {
                    // Told once, with the profile that says it.
                    let told = spec.as_ref().filter(|_| *link == name).and_then(|base| currency::changed(base, own));
                    problems.extend(told);
                    spec = Some(spec.map_or_else(|| without_nulls(own), |base| merge(&base, own)));
                }
            }
            if let Some(spec) = spec {
                self.bases.insert(name.to_string(), Base { spec, parameters });
            }
        }
    }

    fn profile_cycle(&self, chain: &[Name]) -> Problem {
        let names: Vec<_> = chain.iter().map(|n| format!("`{n}`")).collect();
        let mut problem = Problem::error(
            "profile/cycle",
            self.profiles[&chain[0]].extends_span,
            "profiles that extend each other",
            format!("{} → `{}`: no profile of this circle has a beginning.", names.join(" → "), chain[0]),
        )
        .hint("Let one of them extend a built-in profile, or none.");
        for name in &chain[1..] {
            problem = problem.related(self.profiles[name].extends_span, format!("`{name}` is one of them"));
        }
        problem
    }
}

//! Which resource of which connector: `jira/issue`, and what the library knows of it.

use super::Lowering;
use crate::core::{
    manifest::{document::Kind, library::ConnectorEntry, place::Step, problem::Problem},
    model::{activity::Uses, connector::Resource},
};

impl<'a> Lowering<'a> {
    /// The resource that `uses` names; `None`, and reported, when there is none.
    pub(super) fn known_resource(
        &mut self,
        uses: &Uses,
        path: &[Step<'_>],
    ) -> Option<(&'a ConnectorEntry, &'a Resource)> {
        let library = self.input.library;
        let unknown = match library.resource(uses) {
            Ok(found) => return Some(found),
            Err(unknown) => unknown,
        };
        let span = self.span(path);
        let problem = if library.broken.contains(&(Kind::Connector, uses.connector.clone())) {
            Problem::error(
                "connector/broken",
                span,
                "a connector with errors",
                format!("`{uses}`: the connector `{}` has errors of its own.", uses.connector),
            )
            .hint("Mend the connector first.")
        } else {
            let code = match unknown.what {
                "connector" => "reference/unknown-connector",
                _ => "reference/unknown-resource",
            };
            let summary = format!("unknown {}", unknown.what);
            let detail = format!("`{uses}`: there is no {} `{}`.", unknown.what, unknown.name);
            Problem::error(code, span, summary, detail).hint(unknown.hint())
        };
        self.problem(problem);
        None
    }

    pub(super) fn uses(&mut self, text: &str, path: &[Step<'_>]) -> Option<Uses> {
        let parsed = text.split_once('/').and_then(|(connector, resource)| {
            Some(Uses { connector: connector.parse().ok()?, resource: resource.parse().ok()? })
        });
        if parsed.is_none() {
            let problem = Problem::error(
                "activity/invalid-uses",
                self.span(path),
                "not a resource of a connector",
                format!("`{text}` is not of the form `connector/resource`."),
            )
            .hint("For example `jira/issue`, `exec/command` or `human/task`.");
            self.problem(problem);
        }
        parsed
    }
}

//! `launchd connectors`: what a plan can use, and how settings make it work.

use std::{collections::BTreeMap, sync::Arc};

use clap::Args;
use serde_json::{Value, json};

use super::{CommandResult, Exit, Session, files::Files, launch::unknown, output::Format};
use crate::{
    core::{
        manifest::connector::builtins,
        model::{
            activity::KeySupport,
            connector::{Connector, Resource},
            name::{Id, Name},
        },
    },
    ui::render::connector,
};

const EXAMPLES: &str = "\
Examples:
  launchd connectors               all of them, the catalog's and your own
  launchd connectors jira          its resources, and how to configure it
  launchd connectors jira/issue    the fields of its `with`";

/// List connectors, or show one.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ConnectorsArgs {
    /// A connector, or one of its resources.
    #[arg(value_name = "NAME[/RESOURCE]")]
    subject: Option<String>,
}

pub fn run(args: &ConnectorsArgs, session: &Session<'_>) -> CommandResult {
    let out = &session.out;
    out.only(&[Format::Human, Format::Json])?;
    let all = all(session);
    let view = session.view();
    let Some(subject) = &args.subject else {
        match out.is_json() {
            true => out.print(&document(all.values().map(|c| connector_json(c)).collect())),
            false => out.print(&connector::list(all.values().map(|c| &**c), &view)),
        }
        return Ok(Exit::Done);
    };
    let (name, resource) = subject.split_once('/').map_or((subject.as_str(), None), |(n, r)| (n, Some(r)));
    let names: Vec<String> = all.keys().map(ToString::to_string).collect();
    let found = all.get(name).ok_or_else(|| unknown("connector", name, &names))?;
    let resource = match resource {
        None => None,
        Some(resource) => {
            let names: Vec<String> = found.resources.keys().map(ToString::to_string).collect();
            let missing = || unknown(&format!("resource of {name}"), resource, &names);
            Some(found.resources.get_key_value(resource).ok_or_else(missing)?)
        }
    };
    out.print(&match (resource, out.is_json()) {
        (None, true) => document(vec![connector_json(found)]),
        (None, false) => connector::one(found, &view),
        (Some((id, resource)), true) => {
            format!("{:#}\n", json!({ "version": 1, "resource": resource_json(found, id, resource) }))
        }
        (Some((id, resource)), false) => connector::resource(found, id, resource, &view),
    });
    Ok(Exit::Done)
}

/// The catalog's, and those of the plan files. Files that cannot be read bring none: `validate` tells why.
fn all(session: &Session<'_>) -> BTreeMap<Name, Arc<Connector>> {
    let mut all = builtins();
    if let Ok(files) = Files::of_source(session) {
        all.extend(files.judge(&session.settings).loaded.connectors);
    }
    all
}

fn document(connectors: Vec<Value>) -> String {
    format!("{:#}\n", json!({ "version": 1, "connectors": connectors }))
}

fn connector_json(connector: &Connector) -> Value {
    json!({
        "name": connector.name,
        "title": connector.title,
        "docs": connector.docs,
        "executor": connector.executor,
        "builtin": connector.builtin,
        "credentials": connector::credentials(connector),
        "resources": connector.resources.iter().map(|(id, r)| resource_json(connector, id, r)).collect::<Vec<_>>(),
    })
}

fn resource_json(connector: &Connector, id: &Id, resource: &Resource) -> Value {
    let key = match resource.key {
        KeySupport::Header { .. } => "header",
        KeySupport::Probe { .. } => "probe",
        KeySupport::Opaque => "opaque",
    };
    json!({
        "uses": format!("{}/{id}", connector.name),
        "title": resource.title,
        "effect": resource.effect,
        "key": key,
        "complete_when": resource.complete_when,
        "can": { "update": resource.can_update, "close": resource.can_close, "delete": resource.can_delete },
        "with": resource.with,
    })
}

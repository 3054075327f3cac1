//! `launchd schema`: the JSON Schemas of the files, for editors and for other programs.

use std::{fs, path::PathBuf};

use clap::Args;

use super::{CommandResult, Exit, Problem, Session, launch::unknown, whole};
use crate::core::manifest::document::schemas;

const EXAMPLES: &str = "\
Examples:
  launchd schema launch > launch.schema.json
  launchd schema --all schemas

An editor with YAML support checks and completes a plan file that begins with
  # yaml-language-server: $schema=../schemas/launch.schema.json";

/// Print the JSON Schema of a kind of document.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SchemaArgs {
    /// launch, profile, calendar, team, connector, settings, or launchd for all kinds in one.
    #[arg(required_unless_present = "all")]
    kind: Option<String>,
    /// Write all of them into this folder.
    #[arg(long, value_name = "FOLDER", conflicts_with = "kind")]
    all: Option<PathBuf>,
}

pub fn run(args: &SchemaArgs, session: &Session<'_>) -> CommandResult {
    if let Some(folder) = &args.all {
        let failed = |e| Problem::new(format!("cannot write into {}", folder.display())).why(format!("{e}"));
        fs::create_dir_all(folder).map_err(failed)?;
        for (name, schema) in schemas() {
            whole::replace(&folder.join(name), pretty(&schema).as_bytes()).map_err(failed)?;
        }
        session.out.note(&format!("{} schemas written to {}\n", schemas().len(), folder.display()));
        return Ok(Exit::Done);
    }
    let wanted = args.kind.as_deref().unwrap_or_default().to_lowercase();
    let stem = |file: &str| file.trim_end_matches(".schema.json").to_owned();
    let known: Vec<String> = schemas().iter().map(|(file, _)| stem(file)).collect();
    match schemas().into_iter().find(|(file, _)| stem(file) == wanted) {
        Some((_, schema)) => {
            session.out.print(&pretty(&schema));
            Ok(Exit::Done)
        }
        None => Err(unknown("kind of document", &wanted, &known)),
    }
}

/// As the files in `schemas/` are written.
fn pretty(schema: &serde_json::Value) -> String {
    let mut text = serde_json::to_string_pretty(schema).expect("a schema has string keys");
    text.push('\n');
    text
}

//! `launchd new`: a plan file that validates, to be filled in.

use std::fs;

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use clap::{Args, builder::PossibleValuesParser};

use super::{CommandResult, Exit, Problem, Session, files::shown, init, launch};
use crate::core::model::{launch::LaunchType, name::Name};

const EXAMPLES: &str = "\
Examples:
  launchd new atlas-2
  launchd new atlas-2 --type new_product --target 2027-04-01T09:00 --title 'Atlas 2.0' --timezone America/New_York
  launchd new atlas-2.1 --stdout ...

On a terminal it asks for what is missing. An existing file is never overwritten.";

/// Write a new plan.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct NewArgs {
    /// Its name: lower-case letters, digits and `-`. It stays for the whole launch.
    name: Option<String>,
    /// The kind of launch, which chooses milestones, channels, budget and targets.
    #[arg(long = "type", value_name = "TYPE", value_parser = PossibleValuesParser::new(LaunchType::ALL.map(LaunchType::as_str)))]
    launch_type: Option<String>,
    /// A profile of your own to start from, instead of the built-in one of the type.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// T: 2027-04-01T09:00, or 2027-04-01.
    #[arg(long, value_name = "DATE")]
    target: Option<String>,
    /// What people read [default: made from the name].
    #[arg(long)]
    title: Option<String>,
    /// Who answers for it.
    #[arg(long)]
    owner: Option<String>,
    /// The IANA time zone of its dates.
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// Print it instead of writing it.
    #[arg(long)]
    stdout: bool,
}

pub fn run(args: &NewArgs, session: &Session<'_>) -> CommandResult {
    let plan = collect(args, session)?;
    let text = plan.text();
    if args.stdout {
        session.out.print(&text);
        return Ok(Exit::Done);
    }
    let folder = &session.settings.source.value;
    fs::create_dir_all(folder).map_err(|e| init::cannot("make the folder", folder, &e))?;
    let path = folder.join(format!("{}.yaml", plan.name));
    if !init::write_new(&path, &text)? {
        return Err(Problem::new(format!("{} is there already", shown(&path)))
            .hint("choose another name, or edit that file")
            .not_as_asked());
    }
    session.out.print(&format!("wrote {}\n", shown(&path)));
    if plan.is_bare_day {
        session.out.note(&format!("T is {}: the day was given without a time, so it begins at 09:00.\n", plan.target));
    }
    let width = "launchd render ".len() + plan.name.as_str().len();
    let mut next = "\nNext:\n".to_owned();
    for (command, about) in [
        ("launchd validate".to_owned(), "check it"),
        (format!("launchd render {}", plan.name), "see all that the profile fills in"),
        (format!("launchd diff {}", plan.name), "see what would happen"),
    ] {
        next += &format!("  {command:width$}  {about}\n");
    }
    session.out.note(&next);
    Ok(Exit::Done)
}

struct Plan {
    name: Name,
    launch_type: LaunchType,
    profile: Option<Name>,
    target: String,
    /// Only a day was given.
    is_bare_day: bool,
    title: String,
    owner: Option<String>,
    timezone: Tz,
}

fn collect(args: &NewArgs, session: &Session<'_>) -> Result<Plan, Problem> {
    let ask = |given: &Option<String>, question: &str, flag: &str| -> Result<String, Problem> {
        match given.clone().or_else(|| session.out.ask(question)) {
            Some(text) if !text.is_empty() => Ok(text),
            _ => Err(Problem::new(format!("{flag} is missing")).hint(format!(
                "launchd new NAME --type {} --target 2027-04-01T09:00",
                LaunchType::MajorRelease.as_str()
            ))),
        }
    };
    let optional = |given: &Option<String>, question: &str| {
        given.clone().or_else(|| session.out.ask(question)).filter(|text| !text.is_empty())
    };
    let name = launch::name(&ask(&args.name, "Name (e.g. atlas-2): ", "NAME")?)?;
    let types = LaunchType::ALL.map(LaunchType::as_str);
    let wanted = ask(&args.launch_type, &format!("Type ({}): ", types.join(", ")), "--type")?;
    let launch_type = LaunchType::ALL.into_iter().find(|t| t.as_str() == wanted);
    let launch_type = launch_type.ok_or_else(|| launch::unknown("launch type", &wanted, &types.map(str::to_owned)))?;
    let (target, is_bare_day) = target(&ask(&args.target, "Target date, T (e.g. 2027-04-01T09:00): ", "--target")?)?;
    let timezone =
        optional(&args.timezone, "Time zone (e.g. America/New_York) [UTC]: ").unwrap_or_else(|| "UTC".into());
    let default_title = title(&name);
    let asked = optional(&args.title, &format!("Title [{default_title}]: "));
    Ok(Plan {
        launch_type,
        profile: args.profile.as_deref().map(launch::name).transpose()?,
        target,
        is_bare_day,
        title: asked.unwrap_or(default_title),
        owner: optional(&args.owner, "Owner, a team or person: "),
        timezone: zone(&timezone)?,
        name,
    })
}

/// `atlas-2` reads as `Atlas 2`.
fn title(name: &Name) -> String {
    let words = name.as_str().split('-').filter(|w| !w.is_empty()).map(|word| {
        let mut letters = word.chars();
        letters.next().map(|c| c.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
    });
    words.collect::<Vec<_>>().join(" ")
}

/// As it is written, and whether only a day was given.
fn target(text: &str) -> Result<(String, bool), Problem> {
    let text = text.trim().replace(' ', "T");
    let is_time =
        ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"].iter().any(|f| NaiveDateTime::parse_from_str(&text, f).is_ok());
    let is_day = NaiveDate::parse_from_str(&text, "%Y-%m-%d").is_ok();
    match (is_time, is_day) {
        (false, true) => Ok((format!("{text}T09:00"), true)),
        (true, _) => Ok((text, false)),
        (false, false) => Err(Problem::new(format!("`{text}` is no date")).hint("write it as 2027-04-01T09:00")),
    }
}

fn zone(text: &str) -> Result<Tz, Problem> {
    text.trim().parse().map_err(|_| {
        let known: Vec<String> = chrono_tz::TZ_VARIANTS.iter().map(|z| z.name().to_owned()).collect();
        launch::unknown("time zone", text, &known)
    })
}

impl Plan {
    /// A small plan that says where to go on.
    fn text(&self) -> String {
        let Self { name, launch_type, profile, target, title, owner, timezone, is_bare_day: _ } = self;
        let launch_type = launch_type.as_str();
        let profile = profile.as_ref().map(|p| format!("  profile: {p}\n")).unwrap_or_default();
        let owner = match owner {
            Some(owner) => format!("  owner: {}\n", scalar(owner)),
            None => "  # owner: who answers for it\n".to_owned(),
        };
        format!(
            "\
# yaml-language-server: $schema=../schemas/launch.schema.json
# The profile of {launch_type} supplies milestones, channels, budget and targets; only what differs is written here.
# Everything that it fills in: launchd render {name}. Any field: launchd explain launch.spec
apiVersion: launchd/v1
kind: Launch
metadata:
  name: {name}
spec:
  title: {title}
  launch_type: {launch_type}
{profile}  target_date: {target}
  timezone: {timezone}
{owner}
  # What it is for. A sentence is a goal that a person judges.
  # goals:
  #   - {{ name: new_customers, metric: new_customers, target: \">= 100\", by: T+30d }}
  #   - Achieve 80% activation rate

  # milestones:
  #   product_readiness:                # due T-2w
  #     activities:
  #       smoke_test:
  #         uses: exec/command
  #         with: {{ command: [./ci/smoke-test.sh] }}
  #   launch_day:
  #     approvals:
  #       - {{ name: go_no_go, from: release-managers, count: 2 }}
",
            title = scalar(title)
        )
    }
}

/// A text as a YAML scalar: JSON's quoting is YAML's double quoting.
fn scalar(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

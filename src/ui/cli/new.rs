//! `launchd new`: a plan file that validates, to be filled in.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use clap::{Args, builder::PossibleValuesParser};

use serde_json::Value;

use super::{
    CommandResult, Exit, Problem, Session,
    files::{Files, shown},
    init,
    interview::{self, Interview, Question},
    launch,
};
use crate::{
    core::{
        manifest::{
            builtin,
            document::Parameter,
            library::{Library, ProfileEntry, nearest, nearest_zone},
        },
        model::{
            Timestamp,
            launch::LaunchType,
            name::{Id, Name},
        },
        schedule::{Anchor, WrittenDate},
        template::literal,
    },
    ui::render::text::list,
};

const EXAMPLES: &str = "\
Examples:
  launchd new atlas-2
  launchd new atlas-2 --type new_product --target 2027-04-01T09:00 --title 'Atlas 2.0' --timezone America/New_York
  launchd new relay-3 --profile tier-2 --target 2027-05-04 --set channel=C0RELAY01 --stdout

On a terminal it asks for what is missing, and again where an answer cannot be. Elsewhere it asks nothing, and says what
is missing. An existing file is never overwritten.";

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
    /// A value for a parameter of the profile. May be given several times.
    #[arg(long = "set", value_name = "PARAMETER=VALUE")]
    parameters: Vec<String>,
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
    if let Some(odd) = odd_hour(&plan.target, plan.timezone) {
        session.out.note(&odd);
    }
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
    parameters: Vec<(Id, Value)>,
    target: String,
    /// Only a day was given.
    is_bare_day: bool,
    title: String,
    owner: Option<String>,
    timezone: Tz,
}

/// What the files have that a new plan can name.
#[derive(Default)]
struct Known {
    profiles: BTreeMap<String, Profile>,
    teams: Vec<String>,
    people: BTreeSet<String>,
}

struct Profile {
    /// The type of the built-in profile that it extends, if it does.
    launch_type: Option<LaunchType>,
    parameters: BTreeMap<Id, Parameter>,
    builtin: bool,
}

impl Known {
    /// Nothing, where there are no files yet.
    fn of(session: &Session<'_>) -> Self {
        let Ok(files) = Files::of_source(session) else { return Self::default() };
        let judged = files.judge(&session.settings);
        let (library, _) = Library::build(&judged.documents);
        let type_of = |name: &Name| {
            let chain = std::iter::successors(Some(name), |n| library.profiles.get(*n)?.extends.as_ref());
            let types = chain
                .take(64)
                .filter_map(|n| LaunchType::ALL.into_iter().find(|t| t.as_str().replace('_', "-") == n.as_str()));
            types.into_iter().next()
        };
        let profile = |(name, entry): (&Name, &ProfileEntry<'_>)| {
            let parameters = library.bases.get(name.as_str()).map(|base| base.parameters.clone()).unwrap_or_default();
            let builtin = builtin::documents().iter().any(|f| f.id == entry.root.span.file);
            Some((name.to_string(), Profile { launch_type: type_of(name), parameters, builtin }))
        };
        Self {
            profiles: library.profiles.iter().filter_map(profile).collect(),
            teams: library.teams.keys().map(ToString::to_string).collect(),
            people: library.people,
        }
    }

    fn profile(&self, text: &str) -> Result<Name, Problem> {
        let known: Vec<String> = self.profiles.keys().cloned().collect();
        match known.iter().any(|k| k == text) {
            true => launch::name(text),
            false => Err(launch::unknown("profile", text, &known)),
        }
    }

    /// A name that looks like a slip of a team's or a person's is no good answer.
    fn owner(&self, text: &str) -> Result<String, Problem> {
        let text = &filled(text, "owner")?;
        match nearest(text, self.people.iter().map(String::as_str)) {
            Some(near) if near != text => Err(Problem::new(format!("there is no team or person called `{text}`"))
                .hint(format!("did you mean `{near}`?"))),
            _ => Ok(text.to_owned()),
        }
    }
}

fn collect(args: &NewArgs, session: &Session<'_>) -> Result<Plan, Problem> {
    let interview = Interview { out: &session.out, view: session.out.error_view(session.now()) };
    let known = Known::of(session);
    let name = interview.need(args.name.as_deref(), &ask("Name", "e.g. atlas-2", None), "NAME", |text| {
        let name = launch::name(text)?;
        let path = session.settings.source.value.join(format!("{name}.yaml"));
        match args.stdout || !path.exists() {
            true => Ok(name),
            false => Err(Problem::new(format!("{} is there already", shown(&path)))
                .hint("choose another name, or edit that file")
                .not_as_asked()),
        }
    })?;
    let own: Vec<&str> = known.profiles.iter().filter(|(_, p)| !p.builtin).map(|(name, _)| name.as_str()).collect();
    let profile = match (&args.profile, own.is_empty() || args.launch_type.is_some()) {
        (None, true) => None,
        (given, _) => {
            let example = format!("{}; empty for that of the type", own.join(", "));
            interview.settle(given.as_deref(), &ask("Profile", &example, None), |text| known.profile(text))?
        }
    };
    let chosen = profile.as_ref().and_then(|p| known.profiles.get(p.as_str()));
    let types = LaunchType::ALL.map(LaunchType::as_str);
    let default = chosen.and_then(|p| p.launch_type).map(LaunchType::as_str);
    let given = args.launch_type.as_deref().or(default);
    let launch_type = interview.need(given, &ask("Type", &types.join(", "), None), "--type", |text| {
        let found = LaunchType::ALL.into_iter().find(|t| t.as_str() == text);
        found.ok_or_else(|| launch::unknown("launch type", text, &types.map(str::to_owned)))
    })?;
    let example = "e.g. 2027-04-01T09:00";
    let (target, is_bare_day) =
        interview.need(args.target.as_deref(), &ask("Target date, T", example, None), "--target", |text| {
            target(text, session.now())
        })?;
    let zone_question = ask("Time zone", "e.g. America/New_York", Some("UTC"));
    let timezone = interview.settle(args.timezone.as_deref(), &zone_question, zone)?.unwrap_or(Tz::UTC);
    let default_title = title(&name);
    let title_question = ask("Title", "", Some(default_title.as_str()));
    let title = interview.settle(args.title.as_deref(), &title_question, |text| filled(text, "title"))?;
    let teams = if known.teams.is_empty() { "a team or person".to_owned() } else { list(&known.teams, 6) };
    let owner = interview.settle(args.owner.as_deref(), &ask("Owner", &teams, None), |text| known.owner(text))?;
    let parameters = parameters(args, chosen, &interview)?;
    let title = title.unwrap_or(default_title);
    Ok(Plan { name, launch_type, profile, parameters, target, is_bare_day, title, owner, timezone })
}

fn filled(text: &str, what: &str) -> Result<String, Problem> {
    match text.trim() {
        "" => Err(Problem::new(format!("the {what} is empty")).hint("leave the option out for the default")),
        text => Ok(text.to_owned()),
    }
}

fn ask<'q>(words: &'q str, example: &'q str, default: Option<&'q str>) -> Question<'q> {
    Question { words, example, default }
}

/// Values for what the profile asks for: those that were given, and on a terminal those that it has no default for.
fn parameters(
    args: &NewArgs,
    profile: Option<&Profile>,
    interview: &Interview<'_>,
) -> Result<Vec<(Id, Value)>, Problem> {
    let mut given = BTreeMap::new();
    for text in &args.parameters {
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| Problem::new(format!("`{text}` is no parameter")).hint("write --set PARAMETER=VALUE"))?;
        given.insert(key, value);
    }
    let asked = profile.map(|p| &p.parameters);
    let known: Vec<String> = asked.iter().flat_map(|p| p.keys()).map(ToString::to_string).collect();
    if let Some(unknown) = given.keys().find(|key| !known.iter().any(|k| k == *key)) {
        return Err(launch::unknown("parameter", unknown, &known));
    }
    let mut values = Vec::new();
    for (id, parameter) in asked.into_iter().flatten() {
        let written = given.get(id.as_str()).copied();
        if written.is_none() && parameter.default.is_some() {
            continue;
        }
        let about = parameter.description.as_deref().unwrap_or("a parameter of the profile").trim_end_matches('.');
        let question = Question { words: id.as_str(), example: about, default: None };
        let flag = format!("--set {id}=…");
        values.push((
            id.clone(),
            interview.need(written, &question, &flag, |text| interview::parameter(parameter.kind, text))?,
        ));
    }
    Ok(values)
}

/// `atlas-2` reads as `Atlas 2`.
fn title(name: &Name) -> String {
    let words = name.as_str().split('-').filter(|w| !w.is_empty()).map(|word| {
        let mut letters = word.chars();
        letters.next().map(|c| c.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
    });
    words.collect::<Vec<_>>().join(" ")
}

/// As it is written, and whether only a day was given. A day that is over is a slip.
fn target(text: &str, now: Timestamp) -> Result<(String, bool), Problem> {
    let written = text.trim();
    let text = written.replace(' ', "T");
    if text
        .get(..10)
        .and_then(|day| day.parse::<NaiveDate>().ok())
        .is_some_and(|day| day < now.date_naive().pred_opt().unwrap_or(day))
    {
        return Err(Problem::new(format!("{text} is over")).hint("a launch is planned for a day to come"));
    }
    let is_time =
        ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"].iter().any(|f| NaiveDateTime::parse_from_str(&text, f).is_ok());
    let is_day = NaiveDate::parse_from_str(&text, "%Y-%m-%d").is_ok();
    match (is_time, is_day) {
        (false, true) => Ok((format!("{text}T09:00"), true)),
        (true, _) => Ok((text, false)),
        (false, false) => Err(no_date(written)),
    }
}

fn no_date(text: &str) -> Problem {
    let problem = Problem::new(format!("`{text}` is no date")).hint("write it as 2027-04-01T09:00");
    match text.parse::<WrittenDate>() {
        Ok(WrittenDate::Absolute(_)) => problem,
        Ok(WrittenDate::Relative { .. }) => problem.why("every other date counts from T, so T itself counts from none"),
        Err(error) => problem.why(error.to_string()),
    }
}

/// What is odd about T in its zone, as `validate` says it of the plan.
fn odd_hour(target: &str, zone: Tz) -> Option<String> {
    let Ok(WrittenDate::Absolute(written)) = target.parse() else { return None };
    let (_, oddity) = Anchor::of(written, zone).start(zone).ok()?;
    let oddity = oddity?;
    Some(format!("T is an odd time. {} {}\n", oddity.detail(), oddity.advice()))
}

fn zone(text: &str) -> Result<Tz, Problem> {
    text.trim().parse().map_err(|_| {
        let problem = Problem::new(format!("there is no time zone called `{text}`"));
        problem.hint(match nearest_zone(text) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write a region and a city, for example America/New_York or Europe/Berlin".to_owned(),
        })
    })
}

impl Plan {
    /// A small plan that says where to go on.
    fn text(&self) -> String {
        let Self { name, launch_type, profile, parameters, target, title, owner, timezone, is_bare_day: _ } = self;
        let launch_type = launch_type.as_str();
        let mut profile = profile.as_ref().map(|p| format!("  profile: {p}\n")).unwrap_or_default();
        if !parameters.is_empty() {
            profile += "  parameters:\n";
            profile.extend(parameters.iter().map(|(id, value)| format!("    {id}: {value}\n")));
        }
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

/// A text as a YAML scalar that is read as it was typed: JSON's quoting is YAML's double quoting.
fn scalar(text: &str) -> String {
    Value::from(literal(text)).to_string()
}

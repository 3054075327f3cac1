//! What launchd looks at to answer an item of a checklist.

use serde::Deserialize;
use serde_json::Value;

use super::checklist::{Answer, Evidence};
use crate::core::{
    model::{
        Timestamp,
        activity::{Activity, EffectClass},
        area::{Area, Phase},
        check::{Question, Verdict},
        launch::Launch,
        name::Id,
        state::LaunchState,
    },
    plan::goals::metric,
    schedule::nodes::finished,
};

/// One way to see an answer. A rule with nothing to look at in this launch says nothing.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A revision of the plan was accepted.
    Accepted,
    /// Every milestone has somebody who answers for it.
    OwnedMilestones,
    /// People are asked for, by discipline.
    People,
    /// There is something before, at and after the launch.
    TimeLine,
    /// The area's plan names its channels.
    Area(Area),
    /// This milestone is complete.
    Milestone(Id),
    /// The activities that fit are done.
    Activities(Fitting),
    /// The checks of the phase that ask the world all pass.
    Checks(Phase),
    /// A metric or a check got a figure from the world.
    Figures(Since),
    /// Every goal with a metric has a figure.
    GoalsMeasured,
    /// The plan says what is watched.
    Watched,
    /// The monitoring plan lists addresses under this name.
    Linked(String),
}

/// Which activities.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fitting {
    pub areas: Vec<Area>,
    pub phase: Option<Phase>,
    /// In the id or the title, any of them.
    pub words: Vec<String>,
    /// And any of these.
    pub also: Vec<String>,
    /// Only what is public.
    pub once: bool,
    /// One that is under way is enough.
    pub begun: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    Ever,
    SinceLaunch,
}

/// What the rules look at.
pub(super) struct Facts<'a> {
    pub launch: &'a Launch,
    pub state: &'a LaunchState,
    pub now: Timestamp,
}

type Seen = Option<(Answer, Vec<Evidence>)>;

fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

fn weeks(weeks: rust_decimal::Decimal) -> String {
    if weeks == rust_decimal::Decimal::ONE { "1 week".to_owned() } else { format!("{weeks} weeks") }
}

impl Facts<'_> {
    /// The first rule that has something to look at.
    pub fn seen(&self, rules: &[Rule]) -> Seen {
        rules.iter().find_map(|rule| self.rule(rule))
    }

    fn rule(&self, rule: &Rule) -> Seen {
        match rule {
            Rule::Accepted => self.accepted(),
            Rule::OwnedMilestones => self.owned(),
            Rule::People => self.people(),
            Rule::TimeLine => self.time_line(),
            Rule::Area(area) => self.area(*area),
            Rule::Milestone(id) => self.milestone(id),
            Rule::Activities(fitting) => self.activities(fitting),
            Rule::Checks(phase) => self.checks(*phase),
            Rule::Figures(since) => self.figures(*since),
            Rule::GoalsMeasured => self.goals_measured(),
            Rule::Watched => self.watched(),
            Rule::Linked(name) => self.linked(name),
        }
    }

    fn accepted(&self) -> Seen {
        let header = &self.state.header;
        let Some((revision, at)) = header.accepted.as_ref().zip(header.accepted_at) else {
            return Some((Answer::NotYet, vec![Evidence::new("no pass has accepted the plan yet")]));
        };
        Some((Answer::Yes, vec![Evidence::new(format!("revision {} was accepted", revision.short())).at(at)]))
    }

    fn owned(&self) -> Seen {
        let milestones = &self.launch.milestones;
        let nobodys: Vec<_> = milestones.iter().filter(|m| m.owner.is_none()).collect();
        if milestones.is_empty() {
            return Some((Answer::No, vec![Evidence::new("the plan has no milestones")]));
        }
        if nobodys.is_empty() {
            let number = count(milestones.len(), "milestone", "milestones");
            let text = format!("{number}, each with a date and an owner");
            return Some((Answer::Yes, vec![Evidence::new(text)]));
        }
        let evidence = nobodys.into_iter().map(|m| Evidence::new(format!("nobody answers for {}", m.id)).part(&m.id));
        Some((Answer::No, evidence.collect()))
    }

    fn people(&self) -> Seen {
        let demands = &self.launch.demands;
        if demands.is_empty() {
            return Some((Answer::No, vec![Evidence::new("the plan asks for nobody under `resources`")]));
        }
        let each: Vec<_> =
            demands.iter().map(|d| format!("{} {} × {}", d.discipline, d.people, weeks(d.weeks))).collect();
        Some((Answer::Yes, vec![Evidence::new(each.join(", "))]))
    }

    fn time_line(&self) -> Seen {
        let has = |phase| self.launch.milestones.iter().any(|m| m.phase == phase);
        let missing: Vec<String> = [Phase::PreLaunch, Phase::Launch, Phase::PostLaunch]
            .into_iter()
            .filter(|phase| !has(*phase))
            .map(|phase| phase.to_string().replace('_', " "))
            .collect();
        if !missing.is_empty() {
            let text = format!("nothing is planned for {}", missing.join(" and "));
            return Some((Answer::No, vec![Evidence::new(text)]));
        }
        let day = |at: Timestamp| at.with_timezone(&self.launch.timezone).date_naive();
        let due =
            |pick: fn(Timestamp, Timestamp) -> Timestamp| self.launch.milestones.iter().map(|m| m.due).reduce(pick);
        let (first, last) = due(Timestamp::min).zip(due(Timestamp::max))?;
        Some((Answer::Yes, vec![Evidence::new(format!("milestones from {} to {}", day(first), day(last)))]))
    }

    fn area(&self, area: Area) -> Seen {
        let plan = self.launch.areas.get(&area.to_string());
        let channels = plan.and_then(|p| p.get("channels")?.as_array()).map(Vec::as_slice).unwrap_or_default();
        let channels: Vec<&str> = channels.iter().filter_map(Value::as_str).collect();
        if channels.is_empty() {
            return Some((Answer::No, vec![Evidence::new(format!("the plan has no channels under `{area}`"))]));
        }
        let activities = self.launch.activities.iter().filter(|a| a.area == area).count();
        let text = format!(
            "{} ({}), {}",
            count(channels.len(), "channel", "channels"),
            channels.join(", "),
            count(activities, "activity", "activities")
        );
        Some((Answer::Yes, vec![Evidence::new(text)]))
    }

    fn milestone(&self, id: &Id) -> Seen {
        let milestone = self.launch.milestone(id)?;
        let completed = self.state.milestones.get(id).and_then(|m| m.completed.as_ref());
        Some(match completed {
            Some(mark) => {
                (Answer::Yes, vec![Evidence::new(format!("{} is complete", milestone.title)).at(mark.at).part(id)])
            }
            None => (self.unless_late(milestone.due), vec![self.open(&milestone.title, milestone.due, id)]),
        })
    }

    fn activities(&self, fitting: &Fitting) -> Seen {
        let fits: Vec<&Activity> = self.launch.activities.iter().filter(|a| self.fits(a, fitting)).collect();
        let last = fits.iter().map(|a| a.due).max()?;
        let done: Vec<_> = fits.iter().filter_map(|a| Some((*a, finished(a, self.state)?))).collect();
        let begun = fits.iter().filter_map(|a| {
            let at = self.state.activities.get(&a.id)?.applied.as_ref()?.at;
            Some((*a, at))
        });
        let title = |a: &Activity| a.title.clone().unwrap_or_else(|| a.id.to_string());
        let mut begun: Vec<_> = begun.collect();
        if fitting.begun && !begun.is_empty() {
            begun.truncate(3);
            let evidence =
                begun.into_iter().map(|(a, at)| Evidence::new(format!("{} was begun", title(a))).at(at).part(&a.id));
            return Some((Answer::Yes, evidence.collect()));
        }
        if done.len() == fits.len() {
            let evidence = done.into_iter().map(|(a, at)| {
                let mark = self.state.activities.get(&a.id).and_then(|s| s.done.as_ref());
                let shown = mark.and_then(|m| m.text.as_ref()).map(|t| format!(": {t}")).unwrap_or_default();
                let evidence = Evidence::new(format!("{} is done{shown}", title(a))).at(at).part(&a.id);
                mark.map_or(evidence.clone(), |m| evidence.by(&m.by))
            });
            return Some((Answer::Yes, evidence.collect()));
        }
        let open = fits.into_iter().filter(|a| finished(a, self.state).is_none());
        let evidence = open.take(5).map(|a| self.open(&title(a), a.due, &a.id)).collect();
        Some((self.unless_late(last), evidence))
    }

    fn fits(&self, activity: &Activity, fitting: &Fitting) -> bool {
        let name = format!("{} {}", activity.id, activity.title.as_deref().unwrap_or_default()).to_lowercase();
        // Looked for last: it goes through all milestones.
        let phase_of = |a: &Activity| self.launch.milestone(&a.milestone).map(|m| m.phase);
        let any = |words: &[String]| words.is_empty() || words.iter().any(|w| name.contains(w.as_str()));
        (fitting.areas.is_empty() || fitting.areas.contains(&activity.area))
            && (!fitting.once || activity.effect == EffectClass::Once)
            && any(&fitting.words)
            && any(&fitting.also)
            && fitting.phase.is_none_or(|phase| phase_of(activity) == Some(phase))
    }

    fn checks(&self, phase: Phase) -> Seen {
        let mut evidence = Vec::new();
        let (mut all, mut failing) = (0, false);
        for milestone in self.launch.milestones.iter().filter(|m| m.phase == phase) {
            for check in milestone.checks.iter().filter(|c| matches!(c.question, Question::Probe { .. })) {
                all += 1;
                let part = format!("{}.{}", milestone.id, check.name);
                let last =
                    self.state.milestones.get(&milestone.id).and_then(|m| m.checks.get(&check.name)?.last.as_ref());
                let Some(last) = last else {
                    evidence.push((false, Evidence::new(format!("{} was not asked yet", check.name)).part(part)));
                    continue;
                };
                failing |= last.verdict == Verdict::Fail;
                let word = match last.verdict {
                    Verdict::Pass if last.by_person => "passes by a person's word",
                    Verdict::Pass => "passes",
                    Verdict::Fail => "fails",
                    Verdict::Inconclusive => "could not be told",
                };
                let text = format!("{} {word}", check.name);
                evidence.push((last.verdict == Verdict::Pass, Evidence::new(text).at(last.at).part(part)));
            }
        }
        let passing = evidence.iter().filter(|(passes, _)| *passes).count();
        let answer = match (all, failing) {
            (0, _) => return None,
            (_, true) => Answer::No,
            _ if passing == all => Answer::Yes,
            _ => Answer::NotYet,
        };
        Some((answer, evidence.into_iter().map(|(_, evidence)| evidence).collect()))
    }

    fn figures(&self, since: Since) -> Seen {
        let from = if since == Since::SinceLaunch { self.launch.target } else { Timestamp::MIN_UTC };
        let mut asked = false;
        let mut found: Vec<Evidence> = Vec::new();
        for goal in &self.launch.goals {
            let Some(metric) = metric(self.launch, goal) else { continue };
            asked = true;
            let state = self.state.goals.get(&goal.name);
            if let Some(last) = state.and_then(|s| s.samples_of(&metric.question()).last()).filter(|s| s.at >= from) {
                let text = format!("{} measured {}", metric.uses, last.value);
                found.push(Evidence::new(text).at(last.at).part(format!("goal.{}", goal.name)));
            }
        }
        for milestone in &self.launch.milestones {
            for check in milestone.checks.iter().filter(|c| matches!(c.question, Question::Probe { .. })) {
                // A program that tests something says nothing about what is watched.
                let Question::Probe { uses, .. } = &check.question else { continue };
                if !self.launch.metrics.values().any(|m| m.uses == *uses) {
                    continue;
                }
                asked = true;
                let last =
                    self.state.milestones.get(&milestone.id).and_then(|m| m.checks.get(&check.name)?.last.as_ref());
                if let Some(last) = last.filter(|a| a.failure.is_none() && a.at >= from) {
                    let part = format!("{}.{}", milestone.id, check.name);
                    found.push(Evidence::new(format!("{uses} answered {}", last.value)).at(last.at).part(part));
                }
            }
        }
        found.sort_by_key(|e| std::cmp::Reverse(e.at));
        found.truncate(3);
        match (asked, found.is_empty()) {
            (false, _) => None,
            (true, true) => Some((Answer::NotYet, vec![Evidence::new("no metric has answered yet")])),
            (true, false) => Some((Answer::Yes, found)),
        }
    }

    fn goals_measured(&self) -> Seen {
        let measured = self.launch.goals.iter().filter_map(|goal| Some((goal, metric(self.launch, goal)?)));
        let each: Vec<_> = measured
            .map(|(goal, metric)| {
                let samples = self.state.goals.get(&goal.name).map(|s| s.samples_of(&metric.question()));
                (goal, samples.and_then(<[_]>::last).copied())
            })
            .collect();
        if each.is_empty() {
            return None;
        }
        let answer = if each.iter().all(|(_, last)| last.is_some()) { Answer::Yes } else { Answer::NotYet };
        let evidence = each.into_iter().map(|(goal, last)| {
            let part = format!("goal.{}", goal.name);
            match last {
                Some(last) => Evidence::new(format!("{}: {}", goal.name, last.value)).at(last.at).part(part),
                None => Evidence::new(format!("{} was not measured yet", goal.name)).part(part),
            }
        });
        Some((answer, evidence.collect()))
    }

    fn watched(&self) -> Seen {
        let area = self.launch.areas.get("monitoring").and_then(|m| m.get("metrics")?.as_array());
        let named = area.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        let mut watched: Vec<String> = self.launch.metrics.keys().map(ToString::to_string).collect();
        watched.extend(named);
        watched.dedup();
        Some(match watched.is_empty() {
            true => (Answer::No, vec![Evidence::new("the plan names no metrics")]),
            false => (Answer::Yes, vec![Evidence::new(watched.join(", "))]),
        })
    }

    fn linked(&self, name: &str) -> Seen {
        let links = self.launch.areas.get("monitoring").and_then(|m| m.get(name)?.as_array())?;
        let links: Vec<_> = links.iter().filter_map(Value::as_str).map(Evidence::new).collect();
        (!links.is_empty()).then_some((Answer::Yes, links))
    }

    fn unless_late(&self, due: Timestamp) -> Answer {
        if self.now > due { Answer::No } else { Answer::NotYet }
    }

    fn open(&self, title: &str, due: Timestamp, part: &Id) -> Evidence {
        let day = due.with_timezone(&self.launch.timezone).date_naive();
        let word = if self.now > due { "was due on" } else { "is due on" };
        Evidence::new(format!("{title} is not done; it {word} {day}")).part(part)
    }
}

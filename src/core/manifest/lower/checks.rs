//! Checks and approvals of milestones, and the launch's metrics.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    Lowering,
    activities::RawList,
    milestones::{Draft, Drafts},
};
use crate::core::{
    manifest::{
        document::{self, HttpMethod, HttpQuestion, TextOr},
        library::did_you_mean,
        place::Step,
        problem::Problem,
    },
    model::{
        activity::{EffectClass, Inputs, Uses},
        approval::{Approval, Gate},
        area::Phase,
        check::{Check, Question},
        launch::Metric,
        name::Id,
        team::team_of,
    },
    template::Context,
};

/// The resources behind the short forms `http:` and `run:`.
const HTTP_QUESTION: (&str, &str) = ("http", "get");
const RUN_QUESTION: (&str, &str) = ("exec", "query");

impl<'a> Lowering<'a> {
    pub(super) fn metrics(&mut self) -> BTreeMap<Id, Metric> {
        let mut metrics = BTreeMap::new();
        let context = self.context.clone();
        for (id, doc) in self.input.spec.metrics.iter().flat_map(document::Table::iter) {
            let path = [Step::Key("metrics"), Step::Key(id.as_str())];
            if let Some((uses, with)) = self.question(
                doc.uses.as_str(),
                doc.with.as_ref(),
                &path,
                &context,
                &RawList::empty(),
                &mut BTreeSet::new(),
            ) {
                let at = |field| [path[0], path[1], Step::Key(field)];
                if let Some(expression) = &doc.value {
                    self.expression(expression, &at("value"), &RawList::empty());
                }
                let pick = doc.value.clone();
                let title = doc.title.as_ref().map(|t| self.text(t, &at("title"), &context).into_owned());
                let unit = doc.unit.as_ref().map(|u| self.text(u, &at("unit"), &context).into_owned());
                metrics.insert(id.clone(), Metric { uses, with, pick, title, unit });
            }
        }
        metrics
    }

    /// A resource that answers, with its fields.
    fn question(
        &mut self,
        uses: &str,
        with: Option<&serde_json::Map<String, Value>>,
        path: &[Step<'_>],
        context: &Context,
        all: &RawList<'a>,
        used: &mut BTreeSet<Id>,
    ) -> Option<(Uses, Inputs)> {
        let at = |field| [path, &[Step::Key(field)]].concat();
        let text = self.text(uses, &at("uses"), context).into_owned();
        let uses = self.uses(&text, &at("uses"))?;
        let found = self.known_resource(&uses, &at("uses"));
        if let Some((entry, resource)) = found
            && resource.effect != EffectClass::Observe
        {
            let observing = entry.connector.resources.iter().filter(|(_, r)| r.effect == EffectClass::Observe);
            let problem = Problem::error(
                "check/not-a-question",
                self.span(&at("uses")),
                "a resource that changes something",
                format!("`{uses}` has an effect, and a check or metric only asks."),
            )
            .hint(did_you_mean(uses.resource.as_str(), observing.map(|(id, _)| id.as_str())));
            self.problem(problem);
            return None;
        }
        let mut with = self.inputs(with, &at("with"), context, all, used);
        if let Some((entry, _)) = found {
            self.check_inputs(&mut with, entry, &uses, &at("with"));
        }
        Some((uses, with))
    }

    /// The checks and approvals of every milestone, with the activities that its checks speak of.
    pub(super) fn checks_and_approvals(
        &mut self,
        drafts: &Drafts<'a>,
        all: &RawList<'a>,
        metrics: &BTreeMap<Id, Metric>,
    ) -> Vec<(Vec<Check>, Vec<Approval>, BTreeSet<Id>)> {
        let mut busy = vec![false; drafts.list.len()];
        all.list.iter().for_each(|raw| busy[raw.milestone] = true);
        let mut all_of_them = Vec::with_capacity(drafts.list.len());
        for (draft, busy) in drafts.list.iter().zip(busy) {
            let mut used = BTreeSet::new();
            let mut checks = self.checks(draft, all, metrics, &mut used);
            let approvals = self.approvals(draft);
            let asked = draft.doc.and_then(|d| d.checks.as_deref()).is_some_and(|c| !c.is_empty());
            if !busy && !asked && approvals.is_empty() {
                checks.push(is_complete(draft));
            }
            all_of_them.push((checks, approvals, used));
        }
        all_of_them
    }

    fn checks(
        &mut self,
        draft: &Draft<'a>,
        all: &RawList<'a>,
        metrics: &BTreeMap<Id, Metric>,
        used: &mut BTreeSet<Id>,
    ) -> Vec<Check> {
        let written = draft.doc.and_then(|d| d.checks.as_deref()).unwrap_or_default();
        let mut checks: Vec<Check> = Vec::with_capacity(written.len());
        for (i, doc) in written.iter().enumerate() {
            let path = [Step::Key("milestones"), Step::Key(draft.id.as_str()), Step::Key("checks"), Step::Index(i)];
            if checks.iter().any(|c| c.name == doc.name) {
                let problem = Problem::error(
                    "name/duplicate-check",
                    self.span(&path),
                    "two checks with one name",
                    format!("`{}` is used twice in `{}`.", doc.name, draft.id),
                );
                self.problem(problem);
                continue;
            }
            checks.extend(self.check(doc, draft, &path, all, metrics, used));
        }
        checks
    }

    fn check(
        &mut self,
        doc: &'a document::Check,
        draft: &Draft<'a>,
        path: &[Step<'_>],
        all: &RawList<'a>,
        metrics: &BTreeMap<Id, Metric>,
        used: &mut BTreeSet<Id>,
    ) -> Option<Check> {
        let at = |field| [path, &[Step::Key(field)]].concat();
        let asked: Vec<_> = [
            ("metric", doc.metric.is_some()),
            ("uses", doc.uses.is_some()),
            ("http", doc.http.is_some()),
            ("run", doc.run.is_some()),
            ("ask", doc.ask.is_some()),
            ("expression", doc.expression.is_some()),
        ]
        .iter()
        .filter_map(|(name, there)| there.then_some(*name))
        .collect();
        if asked.len() != 1 {
            let found = if asked.is_empty() { "none".to_owned() } else { asked.join(" and ") };
            let problem = Problem::error(
                "check/one-question",
                self.span(path),
                "a check asks one question",
                format!("`{}` has {found} of `metric`, `uses`, `http`, `run`, `ask` and `expression`.", doc.name),
            )
            .hint("Keep one of them, or make it several checks.");
            self.problem(problem);
            return None;
        }
        let context = self.milestone_context(draft);
        let mut default_pass = None;
        let mut timeout = 30;
        let mut pick = None;
        let question = if let Some(metric) = &doc.metric {
            let Some(metric) = metrics.get(metric.as_str()) else {
                let problem = Problem::error(
                    "reference/unknown-metric",
                    self.span(&at("metric")),
                    "unknown metric",
                    format!("This launch has no metric `{metric}` under `metrics`."),
                )
                .hint(did_you_mean(metric.as_str(), metrics.keys().map(Id::as_str)));
                self.problem(problem);
                return None;
            };
            pick.clone_from(&metric.pick);
            Question::Probe { uses: metric.uses.clone(), with: metric.with.clone() }
        } else if let Some(uses) = &doc.uses {
            let (uses, with) = self.question(uses.as_str(), doc.with.as_ref(), path, &context, all, used)?;
            Question::Probe { uses, with }
        } else if let Some(http) = &doc.http {
            default_pass = Some("outputs.status >= 200 and outputs.status < 300");
            let with = self.http(http, &at("http"));
            self.short_question(HTTP_QUESTION, &with, &at("http"), &context, all, used)
        } else if let Some(run) = &doc.run {
            timeout = 300;
            default_pass = Some("outputs.exit_code == 0");
            self.short_question(RUN_QUESTION, &json!({ "command": run }), &at("run"), &context, all, used)
        } else if let Some(ask) = &doc.ask {
            let prompt = self.text(ask, &at("ask"), &context).into_owned();
            let from = doc.from.as_ref().map(|f| self.text(f, &at("from"), &context).into_owned());
            Question::Person { prompt, from: from.or_else(|| draft.owner.clone()) }
        } else {
            Question::Expression
        };
        for (field, text) in [("pass", &doc.pass), ("fail", &doc.fail), ("expression", &doc.expression)] {
            if let Some(text) = text {
                used.extend(self.expression(text, &at(field), all));
            }
        }
        let pass = doc.expression.clone().or_else(|| doc.pass.clone());
        let judged = pass.is_some() || doc.fail.is_some() || default_pass.is_some();
        if !judged && !matches!(question, Question::Person { .. }) {
            let problem = Problem::error(
                "check/no-verdict",
                self.span(path),
                "a check without a verdict",
                format!("`{}` gets a value, and nothing says which value is good.", doc.name),
            )
            .hint("Add for example `pass: value < 0.01`.");
            self.problem(problem);
        }
        let default_pass = default_pass.filter(|_| pass.is_none() && doc.fail.is_none()).map(str::to_owned);
        Some(Check {
            name: doc.name.clone(),
            question,
            pick,
            pass: pass.or(default_pass),
            fail: doc.fail.clone(),
            for_seconds: self.seconds(doc.hold.as_ref(), &at("for")).unwrap_or(0),
            every_seconds: self.seconds(doc.every.as_ref(), &at("every")).unwrap_or(60).max(1),
            timeout_seconds: self.some_seconds(doc.timeout.as_ref(), &at("timeout")).unwrap_or(timeout),
        })
    }

    /// The fields of `http/get` that the short form stands for.
    fn http(&mut self, http: &TextOr<HttpQuestion>, path: &[Step<'_>]) -> Value {
        let full = match http {
            TextOr::Text(url) => return json!({ "url": url }),
            TextOr::Full(full) => full,
        };
        let writes = match full.method {
            Some(HttpMethod::Head | HttpMethod::Post) => Some("method"),
            _ => full.body.is_some().then_some("body"),
        };
        if let Some(field) = writes {
            let problem = Problem::error(
                "check/only-get",
                self.span(&[path, &[Step::Key(field)]].concat()),
                "a check that sends something",
                "`http` of a check reads an address with `GET`, without a body: a check asks, and changes nothing.",
            )
            .hint("Leave `method` and `body` out. What has to be sent is an activity, for example with `uses: webhook/call`.");
            self.problem(problem);
        }
        let mut with = json!({ "url": full.url });
        if let Some(headers) = &full.headers {
            with["headers"] = Value::Object(headers.clone());
        }
        with
    }

    fn short_question(
        &mut self,
        (connector, resource): (&str, &str),
        with: &Value,
        path: &[Step<'_>],
        context: &Context,
        all: &RawList<'a>,
        used: &mut BTreeSet<Id>,
    ) -> Question {
        let uses = Uses {
            connector: connector.parse().expect("a built-in connector's name"),
            resource: resource.parse().expect("a built-in resource's id"),
        };
        let mut with = self.inputs(with.as_object(), path, context, all, used);
        if let Some((entry, _)) = self.known_resource(&uses, path) {
            self.check_inputs(&mut with, entry, &uses, path);
        }
        Question::Probe { uses, with }
    }

    /// Warns of an approval that asks for more people than the files know of. A role may have more in the settings, so only
    /// a team that is named itself is counted.
    fn enough_people(&mut self, from: &str, count: u32, name: &Id, path: &[Step<'_>]) {
        let team = team_of(&self.input.library.teams, from).filter(|t| t.name == *from || t.title == from);
        let Some(team) = team.filter(|t| !t.members.is_empty() && t.members.len() < count as usize) else { return };
        let there = team.members.len();
        let detail = format!("`{name}` asks for {count} of `{}`, which has {there}.", team.name);
        let problem =
            Problem::warning("approval/too-few-people", self.span(path), "more sign-offs than people", detail)
                .hint("Ask for fewer, or add the missing members to the team.");
        self.problem(problem);
    }

    fn approvals(&mut self, draft: &Draft<'a>) -> Vec<Approval> {
        let written = draft.doc.and_then(|d| d.approvals.as_deref()).unwrap_or_default();
        let mut approvals: Vec<Approval> = Vec::with_capacity(written.len());
        let context = self.context.clone();
        for (i, doc) in written.iter().enumerate() {
            let path = [Step::Key("milestones"), Step::Key(draft.id.as_str()), Step::Key("approvals"), Step::Index(i)];
            let at = |field| [path[0], path[1], path[2], path[3], Step::Key(field)];
            if approvals.iter().any(|a| a.name == doc.name) {
                let problem = Problem::error(
                    "name/duplicate-approval",
                    self.span(&path),
                    "two approvals with one name",
                    format!("`{}` is used twice in `{}`.", doc.name, draft.id),
                );
                self.problem(problem);
                continue;
            }
            let from = doc.from.as_ref().map(|f| self.text(f, &at("from"), &context).into_owned());
            if from.is_some() {
                self.person(from.as_deref(), &at("from"));
            }
            let Some(from) = from.or_else(|| draft.owner.clone()) else {
                let problem = Problem::error(
                    "approval/from-nobody",
                    self.span(&path),
                    "an approval that nobody can give",
                    format!("`{}` says no `from`, and `{}` has no owner.", doc.name, draft.id),
                )
                .hint("Add `from:` with a role or team.");
                self.problem(problem);
                continue;
            };
            self.enough_people(&from, doc.count.unwrap_or(1), &doc.name, &at("count"));
            let default = if draft.phase == Phase::Launch { Gate::Start } else { Gate::Completion };
            approvals.push(Approval {
                name: doc.name.clone(),
                from,
                count: doc.count.unwrap_or(1),
                gate: doc.gate.unwrap_or(default),
                expires_seconds: self.some_seconds(doc.expires.as_ref(), &at("expires")),
            });
        }
        approvals
    }
}

/// Nothing says when such a milestone is complete, so the person who answers for it does.
fn is_complete(draft: &Draft<'_>) -> Check {
    Check {
        name: "complete".parse().expect("an id"),
        question: Question::Person { prompt: format!("Is {} complete?", draft.title), from: draft.owner.clone() },
        pick: None,
        pass: None,
        fail: None,
        for_seconds: 0,
        every_seconds: 60,
        timeout_seconds: 30,
    }
}

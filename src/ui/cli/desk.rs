//! What `diff`, `apply`, `status`, `why` and the daemon share: the files read, what is wanted, and a plan for each launch.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono_tz::Tz;
use futures_util::{StreamExt, stream};

pub use super::selection::{Selection, labels, narrow};
use super::{Exit, Problem, Session, Workbench, files::Files, selection::select, sieve::Sieve};
use crate::{
    core::{
        diagnostic::Diagnostic,
        model::{
            launch::Launch,
            name::{Actor, Id, Name},
            observed::Observed,
            outcome::{Failure, Sighting},
            state::{Header, LaunchState, Mark},
        },
        plan::{Plan, plan},
        portfolio::Known,
        review::trouble::{Trouble, by_cause},
        schedule::shift::Shift,
    },
    edges::store::{Store, memory::MemoryStore},
    reconcile::{
        Halt, Intake, Looked, Quiet, Refresh, Want, Wanted,
        loading::{by_all, threads_for},
    },
    ui::{
        diagnostics::Report,
        render::{
            View,
            plan::{self as page, Shown, Silent, Tally},
            text::{FEW, list},
        },
    },
};

/// One launch with what is wanted of it, what is known, and what will be done.
pub struct Prepared {
    pub wanted: Wanted,
    pub observed: Observed,
    pub plan: Plan,
}

impl Prepared {
    pub fn launch(&self) -> Option<&Launch> {
        match &self.wanted.want {
            Want::Launch { launch, .. } => Some(launch),
            Want::Held { last_good, .. } => last_good.as_ref().map(|(launch, _)| &**launch),
            Want::Gone { .. } => None,
        }
    }

    /// For views over several launches: of a launch that left the files nothing is known.
    pub fn known(&self) -> Option<Known<'_>> {
        Some(Known { launch: self.launch()?, state: &self.observed.state, plan: &self.plan })
    }

    pub fn zone(&self) -> Tz {
        self.launch().map_or(chrono_tz::UTC, |l| l.timezone)
    }

    /// The state's own row, with what the files say about it now.
    pub fn header(&self) -> Header {
        let mut header = self.observed.state.header.clone();
        if let Want::Held { reason, .. } = &self.wanted.want {
            let at = header.held.as_ref().map_or(self.plan.now, |m| m.at);
            header.held = Some(Mark { by: Actor::daemon(), at, text: Some(reason.clone()) });
        }
        header
    }

    /// Until when this plan has nothing to say of its own, if it has nothing: one of `many` may wait.
    pub fn quiet(&self, many: bool, view: &View) -> Option<Quiet> {
        let (plan, view) = (&self.plan, View { all: false, ..*view });
        let silent = if many { page::rests(plan) } else { !page::speaks(plan, &view) && !plan.has_changes() };
        if !silent || !matches!(self.wanted.want, Want::Launch { .. }) {
            return None;
        }
        let tally = Tally::of(std::iter::once(plan));
        let Tally { unchanged, waiting, asking, .. } = tally;
        if tally != (Tally { unchanged, waiting, asking, ..Tally::default() }) || (!many && waiting > 0) {
            return None;
        }
        let until = plan.next.as_ref().map(|m| m.at);
        Some(Quiet {
            version: self.observed.state.version,
            from: plan.now,
            until,
            unchanged: unchanged.try_into().ok()?,
            waiting: waiting.try_into().ok()?,
            asking: asking.try_into().ok()?,
            seen_outside: self.observed.state.is_seen_outside(),
        })
    }

    /// What could not be looked at: of that, nothing is known.
    pub fn unseen(&self) -> impl Iterator<Item = (&Id, &Failure)> {
        self.observed.sightings.iter().filter_map(|(id, sighting)| match sighting {
            Sighting::Failed { failure } => Some((id, failure)),
            _ => None,
        })
    }

    /// Its file has errors, and no good revision of it is known.
    pub fn is_unresolved(&self) -> bool {
        !self.wanted.is_followed()
    }

    pub fn shown(&self) -> Shown<'_> {
        Shown { plan: &self.plan, zone: self.zone() }
    }
}

/// The files read and the engine ready.
pub struct Desk {
    pub bench: Workbench,
    pub intake: Intake,
    pub diagnostics: Vec<Diagnostic>,
    /// Launches that were found to have nothing to say beside many others while they were read.
    quiet: BTreeMap<Name, Quiet>,
}

impl Desk {
    /// Reads the files. Where nothing was applied yet, an empty store in memory stands in: looking creates nothing.
    ///
    /// # Errors
    /// The folder of plan files or the store cannot be used.
    pub fn look(session: &Session<'_>) -> Result<Self, Problem> {
        let store = session.world.existing_store(&session.settings)?;
        let store = store.unwrap_or_else(|| Arc::new(MemoryStore::default()) as Arc<dyn Store>);
        Self::open(session, store, Actor("looking".into()))
    }

    /// As [`Desk::look`], reading only what changed since the last such look. For [`Desk::prepare_changed`].
    ///
    /// # Errors
    /// As [`Desk::look`].
    pub fn glance(session: &Session<'_>, refresh: Refresh) -> Result<Self, Problem> {
        let store = session.world.existing_store(&session.settings)?;
        let store = store.unwrap_or_else(|| Arc::new(MemoryStore::default()) as Arc<dyn Store>);
        let bench = session.world.workbench(&session.settings, store, Actor("looking".into()))?;
        let sieve = Sieve::new(&bench.engine, session, refresh);
        let intake = tokio::task::block_in_place(|| bench.files.glance(Some(&sieve)))?;
        let (quiet, diagnostics) = (sieve.quiet(), bench.files.diagnostics());
        Ok(Self { bench, intake, diagnostics, quiet })
    }

    /// Reads the files, to work on this store.
    ///
    /// # Errors
    /// The folder of plan files cannot be read.
    pub fn open(session: &Session<'_>, store: Arc<dyn Store>, actor: Actor) -> Result<Self, Problem> {
        let bench = session.world.workbench(&session.settings, store, actor)?;
        let intake = bench.files.reread()?;
        let diagnostics = bench.files.diagnostics();
        Ok(Self { bench, intake, diagnostics, quiet: BTreeMap::new() })
    }

    /// Shows what is wrong with the files, if anything is.
    pub fn complain(&self, session: &Session<'_>) {
        let told = |why: &str| self.diagnostics.iter().filter_map(|d| d.at.as_ref()).any(|at| why.contains(&*at.file));
        if let Some(why) = self.intake.incomplete.as_ref().filter(|why| !told(why)) {
            let problem = Problem::new("the files could not be read completely, so nothing is removed").why(why);
            session.out.complain(&problem.render(&session.out.error_view(session.now())));
        }
        if self.diagnostics.is_empty() {
            return;
        }
        let mut report = Report::new(&self.diagnostics).under(&session.source_name());
        let texts = self.bench.files.texts(self.diagnostics.iter().filter_map(|d| d.at.as_ref()));
        for (path, text) in &texts {
            report = report.text(path, text);
        }
        let view = session.out.error_view(session.now());
        session.out.complain(&report.human(view.colour, view.width));
    }

    /// Whether the files say all that they should: every file was read, and every launch resolves.
    pub fn is_whole(&self) -> bool {
        self.diagnostics.is_empty() && self.intake.incomplete.is_none()
    }

    /// Plans every selected launch.
    ///
    /// # Errors
    /// A selected launch is unknown, or the store cannot be read.
    pub async fn prepare(
        &self,
        session: &Session<'_>,
        selection: &Selection,
        refresh: Refresh,
    ) -> Result<Vec<Prepared>, Problem> {
        let wanted = self.bench.engine.settle(&self.intake, &session.settings.policy.value).await?;
        self.plan_all(select(wanted, selection)?, refresh).await
    }

    /// The launches that some wait for, and those that these wait for, less the ones that are there already.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn awaited(&self, session: &Session<'_>, told: &[Prepared]) -> Result<Vec<Prepared>, Problem> {
        let needs = |launch: &Launch| launch.foreign_needs().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        let mut seen: BTreeSet<Name> = told.iter().map(|p| p.wanted.name.clone()).collect();
        let mut others: Vec<Prepared> = Vec::new();
        let mut open: Vec<Name> = told.iter().filter_map(Prepared::launch).flat_map(needs).collect();
        while let Some(name) = open.pop() {
            if !seen.insert(name.clone()) || !self.intake.good.contains_key(&name) {
                continue;
            }
            let selection = Selection { launches: vec![name.to_string()], ..Selection::default() };
            for one in self.prepare(session, &selection, Refresh::Never).await? {
                open.extend(one.launch().into_iter().flat_map(needs));
                others.push(one);
            }
        }
        Ok(others)
    }

    /// Plans every launch but those that are known to have nothing to say, and remembers which those are. As `refresh` says,
    /// vendors are asked about the objects of the others.
    ///
    /// # Errors
    /// The files or the store cannot be read.
    pub async fn prepare_changed(
        &mut self,
        session: &Session<'_>,
        refresh: Refresh,
    ) -> Result<(Vec<Prepared>, Silent), Problem> {
        let engine = Arc::clone(&self.bench.engine);
        let (files, now) = (Arc::clone(&self.bench.files), engine.clock.now());
        let rows = engine.store.launches().await?;
        let versions: BTreeMap<Name, u64> = rows.into_iter().map(|row| (row.launch, row.version)).collect();
        let last = files.anchor();
        let same = match &last {
            Some(anchor) => engine.anchor(anchor.seq).await?.as_ref() == Some(anchor),
            None => true,
        };
        let intake = &mut self.intake;
        let mut quiet = BTreeMap::new();
        if same {
            quiet = files.quiet(&intake.unchanged, last.as_ref(), &versions, now);
        }
        let planned = std::mem::take(&mut self.quiet);
        let (read, version) = (planned.len(), |name: &Name| versions.get(name).copied().unwrap_or(0));
        quiet.extend(planned.into_iter().filter(|(name, q)| q.holds(version(name), now)));
        quiet.retain(|_, q| q.holds_without(refresh));
        let many = intake.launches() > page::MANY;
        if !many {
            quiet.retain(|_, q| q.waiting == 0);
        }
        // A single launch is told by name.
        if quiet.len() < 2 {
            quiet.clear();
        }
        let content_free = intake.unchanged.iter().chain(&intake.kept);
        let loud: BTreeSet<Name> = content_free.filter(|n| !quiet.contains_key(*n)).cloned().collect();
        files.recall(&loud, intake)?;
        quiet.retain(|name, _| intake.unchanged.contains(name) || intake.kept.contains(name));
        let mut silent = Silent::default();
        for (name, q) in &quiet {
            let [unchanged, waiting, asking] = [q.unchanged, q.waiting, q.asking].map(|n| n as usize);
            silent.add(name, &Tally { unchanged, waiting, asking, ..Tally::default() }, q.until);
        }
        let policy = &session.settings.policy.value;
        let wanted = engine.settle_known(&self.intake, policy, versions.keys().cloned()).await?;
        let prepared = self.plan_all(wanted, refresh).await?;
        // What was just seen is not on record: without another look, the next plan may be another one.
        let unseen = prepared.iter().filter(|p| p.observed.sightings.is_empty());
        let news = unseen.filter_map(|p| Some((p.wanted.name.clone(), p.quiet(many, &session.view())?)));
        let before = quiet.len();
        quiet.extend(news);
        // Reading and planning a few again costs the next look less than keeping everything anew costs this one.
        if read + self.intake.good.len() > CHEAP || quiet.len().abs_diff(before) > CHEAP {
            let newest = versions.values().copied().max().unwrap_or(0);
            let anchor = if newest > 0 { engine.anchor(newest).await? } else { None };
            files.leave(anchor, &quiet);
        }
        Ok((prepared, silent))
    }

    /// How dates move against what was accepted last, of the launches whose dates do, each with the launch as it was then.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn shifts(
        &self,
        prepared: &[Prepared],
        session: &Session<'_>,
    ) -> Result<(Vec<Shift>, Vec<Arc<Launch>>), Problem> {
        let (mut shifts, mut accepted_before) = (Vec::new(), Vec::new());
        for one in prepared {
            let Want::Launch { launch, revision } = &one.wanted.want else { continue };
            let state = &one.observed.state;
            let Some(accepted) = state.header.accepted.as_ref().filter(|a| *a != revision) else { continue };
            if let Some(kept) = self.bench.engine.store.revision(&launch.name, accepted).await? {
                let shift = Shift::of(&kept.launch, launch, state, session.now());
                if shift.changes_dates() {
                    shifts.push(shift);
                    accepted_before.push(kept.launch);
                }
            }
        }
        Ok((shifts, accepted_before))
    }

    /// Every launch of the files that resolves. Files are read once more only where this look left out what did not change.
    ///
    /// # Errors
    /// The files cannot be read.
    pub fn all_launches(&self, session: &Session<'_>) -> Result<Vec<Arc<Launch>>, Problem> {
        if self.intake.unchanged.is_empty() && self.intake.kept.is_empty() {
            return Ok(self.intake.good.values().map(|(launch, _)| Arc::clone(launch)).collect());
        }
        let files = Files::of_source(session)?;
        Ok(files.judge(&session.settings).loaded.launches.into_iter().filter_map(|l| l.launch).collect())
    }

    async fn plan_all(&self, wanted: Vec<Wanted>, refresh: Refresh) -> Result<Vec<Prepared>, Problem> {
        if refresh == Refresh::Never && wanted.len() >= MANY_STATES {
            return self.plan_from_store(wanted).await;
        }
        let mut prepared = Vec::with_capacity(wanted.len());
        // In order, whatever answers first.
        let mut plans = stream::iter(wanted.into_iter().map(|one| self.plan(one, refresh))).buffered(8);
        while let Some(one) = plans.next().await {
            prepared.push(one?);
        }
        Ok(prepared)
    }

    /// Plans many launches from one look at the store, on all processors.
    async fn plan_from_store(&self, wanted: Vec<Wanted>) -> Result<Vec<Prepared>, Problem> {
        let engine = &self.bench.engine;
        let states = engine.store.states().await?;
        let mut observed = Vec::with_capacity(wanted.len());
        for one in &wanted {
            let state = lifted(one, states.get(one.name()).cloned().unwrap_or_default());
            let running = engine.running(&state).await?;
            observed.push(Observed { running, ..engine.recollect(one.desired(), state, &states) });
        }
        let (plan, threads) = (|at: usize| self.made(&wanted[at], &observed[at]), threads_for(wanted.len()));
        let plans = by_all(threads, wanted.len(), plan);
        let parts = wanted.into_iter().zip(observed).zip(plans);
        Ok(parts.map(|((wanted, observed), plan)| Prepared { wanted, observed, plan }).collect())
    }

    /// Plans one launch as a pass would, without writing anything.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn plan(&self, wanted: Wanted, refresh: Refresh) -> Result<Prepared, Problem> {
        let engine = &self.bench.engine;
        let state = lifted(&wanted, engine.store.state(wanted.name()).await?);
        let refresh = if wanted.is_followed() { refresh } else { Refresh::Never };
        let running = engine.running(&state).await?;
        let known = Observed { state, running, ..Observed::default() };
        let Looked { observed, plan } = engine.observe(wanted.desired(), known, refresh, &Halt::default()).await?;
        Ok(match plan.filter(|_| wanted.is_followed()) {
            Some(plan) => Prepared { wanted, observed, plan },
            None => self.planned(wanted, observed),
        })
    }

    /// Plans one launch from what is stored by now. Nobody is called again: what could not be looked at is still unknown.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn plan_again(&self, before: &Prepared) -> Result<Prepared, Problem> {
        let mut after = self.plan(before.wanted.clone(), Refresh::Never).await?;
        let unseen = before.unseen().map(|(id, failure)| (id.clone(), Sighting::Failed { failure: failure.clone() }));
        after.observed.sightings.extend(unseen);
        Ok(self.planned(after.wanted, after.observed))
    }

    fn planned(&self, wanted: Wanted, observed: Observed) -> Prepared {
        let plan = self.made(&wanted, &observed);
        Prepared { wanted, observed, plan }
    }

    fn made(&self, wanted: &Wanted, observed: &Observed) -> Plan {
        let made = plan(wanted.desired(), observed, self.bench.engine.clock.now());
        match &wanted.want {
            Want::Held { reason, last_good: None, .. } => made.unresolved(reason),
            _ => made,
        }
    }
}

/// So many launches are read and planned in less time than what is known of ten thousand is written down.
const CHEAP: usize = 8;

/// From so many launches on, one look at the whole store is cheaper than one for each.
const MANY_STATES: usize = 64;

/// What holds a launch back now would be lifted by the very first step of a pass.
pub fn lifted(wanted: &Wanted, mut state: LaunchState) -> LaunchState {
    if matches!(wanted.want, Want::Launch { .. }) {
        (state.header.held, state.header.removed) = (None, None);
    }
    state
}

/// The launch of that name among prepared ones.
pub fn named<'p>(prepared: &'p [Prepared], name: &Name) -> Option<&'p Prepared> {
    prepared.iter().find(|p| p.wanted.name == *name)
}

/// Says of each launch of which no good revision is known that nothing can be told of it. Returns how the command ends:
/// without a single launch it could not do its work at all.
pub fn complain_of_unresolved(prepared: &[Prepared], session: &Session<'_>) -> Exit {
    let unresolved: Vec<&Prepared> = prepared.iter().filter(|p| p.is_unresolved()).collect();
    for one in &unresolved {
        let Want::Held { reason, .. } = &one.wanted.want else { continue };
        let problem = Problem::new(format!("nothing can be told of {}", one.wanted.name))
            .why(format!("its file has errors, and no good revision of it is known: {reason}"))
            .hint("`launchd validate` shows them");
        session.out.complain(&problem.render(&session.out.error_view(session.now())));
    }
    match unresolved.len() {
        0 => Exit::Done,
        n if n == prepared.len() => Exit::CouldNotRun,
        _ => Exit::NotAsAsked,
    }
}

/// Says what could not be looked at, and why, each reason once. Returns whether there was anything.
pub fn complain_of_unseen(prepared: &[Prepared], session: &Session<'_>) -> bool {
    let unseen = prepared.iter().flat_map(|p| p.unseen().map(|(id, f)| (format!("{}/{id}", p.wanted.name), f)));
    let troubles = by_cause(unseen);
    for Trouble { failure, of } in &troubles {
        let problem = match &of[..] {
            [one] => Problem::new(format!("{one} could not be looked at")),
            all => Problem::new(format!("{} activities could not be looked at: {}", all.len(), list(all, FEW))),
        };
        let problem = problem
            .why(format!("{}: {}", failure.summary, failure.detail))
            .hint("nothing is concluded from that; run it again when that is mended");
        session.out.complain(&problem.render(&session.out.error_view(session.now())));
    }
    !troubles.is_empty()
}

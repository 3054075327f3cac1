//! Plan files to desired launches: the samples, one whole launch as a golden, and what is said of bad plans.

use std::{fs, path::Path};

use launchd::{
    core::{
        manifest::resolve::{Loaded, load},
        model::{
            activity::{Compensation, EffectClass, Need},
            check::Question,
            goal::Direction,
            launch::{Launch, Policy},
            risk::{Level, Trigger},
            source::SourceFile,
            work::Work,
        },
    },
    reconcile::loading,
    ui::diagnostics::Report,
};

use crate::fixtures::at;

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.into(), bytes: text.as_bytes().into() }
}

/// A file, or the files of a folder, by name.
fn files(path: &Path) -> Vec<SourceFile> {
    let mut paths = vec![path.to_owned()];
    if path.is_dir() {
        paths = fs::read_dir(path).unwrap().map(|e| e.unwrap().path()).collect();
        paths.retain(|p| p.extension().is_some_and(|e| e == "yaml"));
        paths.sort();
    }
    let name = |p: &Path| p.file_name().unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|p| file(&name(p), &fs::read_to_string(p).unwrap())).collect()
}

/// The one way from files to what a person reads about them.
fn told(files: &[SourceFile]) -> String {
    let loaded = load(files, &Policy::default());
    let mut report = Report::new(loaded.all_diagnostics());
    for file in files {
        report = report.text(&file.path, str::from_utf8(&file.bytes).unwrap());
    }
    report.human(false, 110)
}

/// The launches of files without a problem.
fn launches(text: &str) -> Vec<Launch> {
    let files = [file("plan.yaml", text)];
    let loaded: Loaded = load(&files, &Policy::default());
    assert!(!loaded.has_errors(), "{}", told(&files));
    loaded.launches.into_iter().map(|l| Launch::clone(&l.launch.unwrap())).collect()
}

fn launch(spec: &str) -> Launch {
    let head = "apiVersion: launchd/v1\nkind: Launch\nmetadata: { name: relay }\nspec:\n  launch_type: feature_update\n  \
                target_date: 2027-04-01T09:00\n  owner: launch-team\n";
    launches(&format!("{head}{spec}")).remove(0)
}

#[test]
fn the_samples_validate_without_a_word() {
    let files = files(Path::new("launches"));
    assert_eq!(told(&files), "");
    let loaded = load(&files, &Policy::default());
    assert_eq!(loaded.launches.len(), 3);
    assert!(loaded.launches.iter().all(|l| l.launch.is_some()));
}

#[test]
fn a_plan_file_resolves_to_one_graph_in_which_every_date_is_an_instant() {
    let loaded = load(&files(Path::new("launches")), &Policy::default());
    let atlas = loaded.launches.iter().find(|l| l.name.as_ref().is_some_and(|n| n == "atlas-2")).unwrap();
    insta::assert_json_snapshot!("atlas_resolved", atlas.launch.as_deref().unwrap());
}

#[test]
fn bad_plans_are_told_what_is_wrong_where_and_what_to_do() {
    let mut paths: Vec<_> = fs::read_dir("tests/manifest/plans").unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    let mut all = String::new();
    for path in paths {
        let told = told(&files(&path));
        assert!(!told.is_empty(), "{} has no problem", path.display());
        all.push_str(&format!("===== {}\n\n{told}\n", path.file_stem().unwrap().display()));
    }
    insta::assert_snapshot!("bad_plans", all);
}

#[test]
fn every_launch_of_a_name_that_is_there_twice_is_held() {
    let loaded = load(&files(Path::new("tests/manifest/plans/two-launches-of-one-name")), &Policy::default());
    assert_eq!(loaded.launches.len(), 2);
    assert!(loaded.launches.iter().all(|l| l.launch.is_none() && l.diagnostics.len() == 1));
}

#[test]
fn a_file_is_resolved_alike_on_one_thread_and_on_several() {
    let mut all = files(Path::new("launches"));
    for path in fs::read_dir("tests/manifest/plans").unwrap() {
        let path = path.unwrap().path();
        let more = files(&path).into_iter().enumerate();
        all.extend(more.map(|(i, f)| SourceFile { path: format!("{}-{i}", path.display()).into(), ..f }));
    }
    let (one, several) = (load(&all, &Policy::default()), loading::load(&all, &Policy::default(), 3));
    assert_eq!(one.diagnostics, several.diagnostics);
    assert_eq!(one.broken, several.broken);
    let told = |l: &Loaded| {
        l.launches.iter().map(|l| (l.name.clone(), l.launch.clone(), l.diagnostics.clone())).collect::<Vec<_>>()
    };
    assert_eq!(told(&one), told(&several));
}

#[test]
fn a_milestone_without_work_asks_its_owner() {
    let launch = launch("  milestones: { launch_day: { checks: [{ name: ok, ask: Is it? }] } }\n");
    let check = |id: &str| launch.milestone(&id.parse().unwrap()).unwrap().checks.clone();
    let readiness = check("product_readiness");
    assert_eq!((readiness.len(), readiness[0].name.as_str()), (1, "complete"));
    let Question::Person { prompt, from } = &readiness[0].question else { panic!("{readiness:?}") };
    assert_eq!((prompt.as_str(), from.as_deref()), ("Is Product Readiness complete?", Some("Product Team")));
    assert_eq!(check("launch_day")[0].name.as_str(), "ok");
    assert_eq!(check("marketing_campaign_ready")[0].name.as_str(), "complete");
    // Its window's activities are its work.
    assert!(check("marketing_pre_launch").is_empty());
}

#[test]
fn what_a_check_speaks_of_in_another_milestone_is_waited_for() {
    let launch = launch(
        "  milestones:\n    product_readiness: { activities: { epic: {} } }\n    launch_day:\n      checks:\n        \
         - { name: closed, expression: activities.epic.status == 'done' }\n",
    );
    let needs = &launch.milestone(&"launch_day".parse().unwrap()).unwrap().needs;
    assert!(needs.contains(&Need::Activity("epic".parse().unwrap())), "{needs:?}");
}

#[test]
fn a_public_effect_waits_for_its_embargo_and_what_undoes_it_does_not() {
    let launch = launch(
        "  milestones:\n    launch_day:\n      approvals: [{ name: go, from: a }]\n      activities:\n        announce:\n          \
         uses: exec/once\n          with: { command: [echo] }\n          on_cancel: { run: { uses: exec/once, with: { command: [echo] } } }\n  \
         marketing:\n    timeline:\n      pre_launch:\n        activities:\n          email_campaign: { on_cancel: { run: { title: Take it back } } }\n",
    );
    let announce = launch.activity(&"announce".parse().unwrap()).unwrap();
    assert_eq!(
        (announce.effect, announce.not_before, announce.embargo),
        (EffectClass::Once, Some(launch.target), Some(launch.target))
    );
    let Compensation::Run(undo) = &announce.on_cancel else { panic!("{announce:?}") };
    assert_eq!((undo.id.as_str(), undo.not_before, undo.embargo), ("announce-on_cancel", None, None));
    let campaign = launch.activity(&"marketing_pre_launch_email_campaign".parse().unwrap()).unwrap();
    assert!(matches!(&campaign.on_cancel, Compensation::Run(undo) if undo.title.as_deref() == Some("Take it back")));
}

#[test]
fn a_freeze_excepts_launches_and_single_activities() {
    let text = |name: &str| {
        format!(
            "---\napiVersion: launchd/v1\nkind: Launch\nmetadata: {{ name: {name} }}\nspec:\n  launch_type: feature_update\n  \
             target_date: 2027-04-01\n  owner: o\n  calendar: ours\n  milestones:\n    launch_day: {{ activities: {{ post: {{ for_each: [emea, amer] }} }} }}\n"
        )
    };
    let calendar = "apiVersion: launchd/v1\nkind: Calendar\nmetadata: { name: ours }\nspec:\n  freezes: [{ name: f, from: 2027-01-01, until: 2027-01-02, except: [one, two/post] }]\n";
    let launches = launches(&format!("{calendar}{}{}", text("one"), text("two")));
    assert!(launches[0].freezes.is_empty());
    let except: Vec<_> = launches[1].freezes[0].except.iter().map(|i| i.as_str()).collect();
    assert_eq!(except, ["post[emea]", "post[amer]"]);
}

#[test]
fn the_settings_can_demand_a_sign_off_before_what_is_public() {
    let text = "apiVersion: launchd/v1\nkind: Launch\nmetadata: { name: relay }\nspec:\n  launch_type: feature_update\n  \
                target_date: 2027-04-01T09:00\n  owner: o\n  milestones: { launch_day: { activities: { go: { uses: exec/once, with: { command: [echo] }, on_cancel: keep } } } }\n";
    let files = [file("plan.yaml", text)];
    let policy = Policy { once_needs_approval: true, ..Policy::default() };
    for (policy, held) in [(Policy::default(), false), (policy, true)] {
        let loaded = load(&files, &policy);
        let codes: Vec<_> = loaded.all_diagnostics().map(|d| d.code).collect();
        assert_eq!((codes, loaded.launches[0].launch.is_none()), (vec!["lint/once-without-approval"], held));
    }
}

#[test]
fn how_long_work_takes_is_kept_in_the_unit_it_was_written_in_and_business_days_are_of_the_named_calendar() {
    let calendar =
        "apiVersion: launchd/v1\nkind: Calendar\nmetadata: { name: us }\nspec:\n  holidays: [{ date: 2027-03-26 }]\n";
    let launch = "---\napiVersion: launchd/v1\nkind: Launch\nmetadata: { name: relay }\nspec:\n  launch_type: feature_update\n  \
     owner: launch-team\n  target_date: 2027-04-01T09:00\n  calendar: us\n  milestones:\n    \
     guide: { due: T-1w, duration: 5bd, activities: { draft: { duration: 36h } } }\n";
    let relay = launches(&format!("{calendar}{launch}")).remove(0);
    let guide = relay.milestone(&"guide".parse().unwrap()).unwrap();
    assert_eq!(guide.duration, Some(Work::BusinessDays(5)));
    assert_eq!(relay.activity(&"draft".parse().unwrap()).unwrap().duration, Some(Work::Elapsed(36 * 3600)));
    assert!(!relay.calendar.is_working_day("2027-03-26".parse().unwrap()));
    assert!(relay.milestones.iter().filter(|m| m.id != guide.id).all(|m| m.duration.is_none()));
}

#[test]
fn a_goal_is_measured_from_t_until_its_date_and_takes_what_it_does_not_say_from_target_and_metric() {
    let spec = "  metrics:\n    signups: { uses: http/get, with: { url: 'https://m.example.com/s' }, value: value.count, unit: customers }\n    \
                errors: { uses: http/get, with: { url: 'https://m.example.com/e' } }\n  goals:\n    \
                - { name: customers, metric: signups, target: 100, by: launch_day+2w, owner: sales }\n    \
                - { name: errors, metric: errors, target: '< 1 %', every: 6h }\n    \
                - { name: waiting_list, metric: signups, target: '>= 50', by: T-1w }\n    - People like it\n";
    let launch = launch(spec);
    let [customers, errors, waiting, sentence] = launch.goals.as_slice() else { panic!("{:?}", launch.goals) };
    assert_eq!(launch.metrics["signups"].pick.as_deref(), Some("value.count"));
    assert_eq!(customers.title, "Customers: at least 100 customers");
    assert_eq!((customers.unit.as_deref(), customers.owner.as_deref()), (Some("customers"), Some("sales")));
    assert_eq!((customers.start, customers.by), (Some(at("2027-04-01T09:00")), Some(at("2027-04-15T09:00"))));
    assert_eq!(
        (errors.unit.as_deref(), errors.direction, errors.every_seconds),
        (Some("%"), Some(Direction::Down), 21_600)
    );
    assert_eq!((waiting.start, waiting.by), (Some(at("2027-03-25T09:00")), Some(at("2027-03-25T09:00"))));
    assert_eq!((sentence.metric.as_ref(), sentence.by), (None, Some(at("2027-05-01T09:00"))));
}

#[test]
fn a_trigger_is_an_expression_when_it_names_what_is_observed_and_words_otherwise() {
    let spec = "  metrics:\n    errors: { uses: http/get, with: { url: 'https://m.example.com/e' } }\n  risks:\n    \
                - { name: a, trigger: metrics.errors > 0.05 }\n    - { name: b, trigger: An article appears. }\n    \
                - { name: c, likelihood: high }\n";
    let risks = launch(spec).risks;
    assert_eq!(risks[0].trigger, Some(Trigger::Expression("metrics.errors > 0.05".into())));
    assert_eq!(risks[1].trigger, Some(Trigger::Words("An article appears.".into())));
    assert_eq!((risks[2].title.as_str(), risks[2].likelihood, risks[2].impact), ("C", Level::High, Level::Medium));
}

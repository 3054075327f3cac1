use std::fs;

use super::*;

const FILE: &str = "\
apiVersion: launchd/v1
kind: Settings
spec:
  source: { path: plans }
  store: { path: state/file.db, revisions: { keep: 7, for: 2w } }
  installation: acme
  policy: { max_change_percent: 10, grace: 2h, roles: { release-managers: [ana] } }
  server: { listen: 127.0.0.1:9999 }
  exec: { allow: [./ci/*], directory: ci }
";

fn environment(pairs: &[(&'static str, &str)]) -> Environment {
    pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

fn folder(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("launchd.yaml"), text).unwrap();
    fs::create_dir_all(folder.path().join("below/here")).unwrap();
    folder
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file_and_that_over_the_default() {
    let folder = folder(FILE);
    let here = folder.path().join("below/here");
    let flags = Flags { source: Some("typed".into()), ..Flags::default() };
    let variables = environment(&[("LAUNCHD_SOURCE", "from-env"), ("LAUNCHD_STORE", "env.db")]);

    let all = resolve(&flags, &variables, &here).unwrap();
    assert_eq!(all.source, Setting::new(here.join("typed"), Origin::Flag("--source")));
    assert_eq!(all.store, Setting::new(here.join("env.db"), Origin::Variable("LAUNCHD_STORE")));

    let env = resolve(&Flags::default(), &variables, &here).unwrap();
    assert_eq!(env.source, Setting::new(here.join("from-env"), Origin::Variable("LAUNCHD_SOURCE")));

    let file = resolve(&Flags::default(), &Environment::default(), &here).unwrap();
    let path = folder.path().join("launchd.yaml");
    let in_file = |field| Origin::File { path: path.clone(), field };
    assert_eq!(file.source, Setting::new(folder.path().join("plans"), in_file("source.path")));
    assert_eq!(file.store, Setting::new(folder.path().join("state/file.db"), in_file("store.path")));
    assert_eq!(file.installation, Setting::new("acme".parse().unwrap(), in_file("installation")));
    assert_eq!((file.policy.value.max_change_percent, file.policy.value.grace_seconds), (10, 7200));
    assert_eq!(file.policy.value.max_change_floor, Policy::default().max_change_floor);
    assert_eq!(file.listen, Setting::new("127.0.0.1:9999".parse().unwrap(), in_file("server.listen")));
    let retention = Retention { newest: 7, seconds: 14 * 24 * 3600 };
    assert_eq!(file.retention, Setting::new(retention, in_file("store.revisions")));
    assert_eq!(file.exec_root, Setting::new(folder.path().join("ci"), in_file("exec.directory")));
    assert_eq!(file.roles.value["release-managers"], ["ana"]);

    let bare = tempfile::tempdir().unwrap();
    let default = resolve(&Flags::default(), &Environment::default(), bare.path()).unwrap();
    assert_eq!(default.source, Setting::new(bare.path().join("launches"), Origin::Default));
    assert_eq!(default.store, Setting::new(bare.path().join(".launchd/state.db"), Origin::Default));
    assert_eq!((default.config, default.actor, default.log), (None, None, None));
}

#[test]
fn the_settings_file_is_found_above_and_a_named_one_wins() {
    let folder = folder(FILE);
    let here = folder.path().join("below/here");
    let found = resolve(&Flags::default(), &Environment::default(), &here).unwrap().config.unwrap();
    assert_eq!(found.value, folder.path().join("launchd.yaml"));
    assert!(matches!(found.origin, Origin::Found(_)));

    fs::write(here.join("other.yaml"), "apiVersion: launchd/v1\nkind: Settings\nspec: { installation: other }\n")
        .unwrap();
    let variables = environment(&[("LAUNCHD_CONFIG", "other.yaml")]);
    let named = resolve(&Flags::default(), &variables, &here).unwrap();
    assert_eq!(named.config, Some(Setting::new(here.join("other.yaml"), Origin::Variable("LAUNCHD_CONFIG"))));
    assert_eq!((named.installation.value.as_str(), named.root), ("other", here.clone()));

    let flags = Flags { config: Some("missing.yaml".into()), ..Flags::default() };
    assert!(matches!(resolve(&flags, &variables, &here), Err(SettingsError::Unreadable { .. })));
}

#[test]
fn the_person_is_the_named_one_and_else_the_login_and_never_empty() {
    let folder = tempfile::tempdir().unwrap();
    let actor = |pairs: &[(&'static str, &str)]| {
        resolve(&Flags::default(), &environment(pairs), folder.path()).map(|s| s.actor)
    };
    let named = actor(&[("LAUNCHD_ACTOR", "ana"), ("USER", "ci")]).unwrap().unwrap();
    assert_eq!((named.value, named.origin), (Actor("ana".into()), Origin::Variable("LAUNCHD_ACTOR")));
    assert_eq!(actor(&[("LAUNCHD_ACTOR", "  "), ("USER", "ci")]).unwrap().unwrap().value, Actor("ci".into()));
    assert_eq!(actor(&[]).unwrap(), None);
    assert!(actor(&[("LAUNCHD_ACTOR", "a\u{1b}[31m")]).is_err());
}

#[test]
fn what_cannot_be_meant_is_refused_with_what_to_do() {
    for (spec, word) in [
        ("server: { listen: here }", "server.listen"),
        ("policy: { grace: soon }", "grace"),
        ("store: { revisions: { for: ever } }", "for"),
        ("server: { removal_delay: later }", "removal_delay"),
    ] {
        let folder = folder(&format!("apiVersion: launchd/v1\nkind: Settings\nspec: {{ {spec} }}\n"));
        let error = resolve(&Flags::default(), &Environment::default(), folder.path()).unwrap_err();
        let told = match &error {
            SettingsError::Invalid { diagnostics, .. } => diagnostics[0].detail.clone() + &error.to_string(),
            other => other.to_string(),
        };
        assert!(told.contains(word) || told.contains("soon"), "{told}");
    }
    assert!(standing_clock(&environment(&[("LAUNCHD_CLOCK", "noon")])).is_err());
    let at = standing_clock(&environment(&[("LAUNCHD_CLOCK", "2026-11-23T09:00:00+01:00")])).unwrap().unwrap();
    assert_eq!(at.to_rfc3339(), "2026-11-23T08:00:00+00:00");
}

#[test]
fn a_flag_for_logs_wins_over_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let variables = environment(&[("LAUNCHD_LOG", "launchd=trace"), ("LAUNCHD_LOG_FORMAT", "json")]);
    let log = |verbose| resolve(&Flags { verbose, ..Flags::default() }, &variables, folder.path()).unwrap();
    assert_eq!(log(0).log, Some(Setting::new("launchd=trace".into(), Origin::Variable("LAUNCHD_LOG"))));
    assert_eq!(log(1).log.unwrap().origin, Origin::Flag("-v"));
    assert!(log(0).log_json);
}

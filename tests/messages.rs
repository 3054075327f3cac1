//! Slips that people make, each with what it is answered with.

mod calendars;

use std::fs;

use crate::cli::{launchd, repository};

/// A plan with a part of its spec, in two spaces.
fn plan(name: &str, more: &str) -> String {
    format!(
        "apiVersion: launchd/v1\nkind: Launch\nmetadata: {{ name: {name} }}\nspec:\n  title: A\n  launch_type: \
         feature_update\n  target_date: 2027-04-01T09:00\n  owner: ana\n{more}"
    )
}

/// What `validate` says of these files, in one line, with its exit code.
fn told(files: &[(&str, &str)]) -> (i32, String) {
    let home = repository(files);
    let (code, out, err) = launchd(home.path(), &["validate"]);
    (code, (out + &err).replace(['│', '|'], " ").split_whitespace().collect::<Vec<_>>().join(" "))
}

fn assert_told(more: &str, exit: i32, parts: &[&str]) {
    let (code, text) = told(&[("launches/a.yaml", &plan("a", more))]);
    assert_eq!(code, exit, "{more}\n{text}");
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in what is said of\n{more}\n{text}");
    }
}

#[test]
fn a_date_of_another_custom_is_answered_with_how_dates_are_written() {
    for date in ["03/02/2027", "3.2.2027", "2027/02/03"] {
        let more = format!("  milestones: {{ launch_day: {{ due: {date} }} }}\n");
        assert_told(&more, 1, &["Write year, month and day, with `-` between them: `2027-03-18`"]);
    }
    // A date of another launch is still answered with its own advice.
    assert_told("  milestones: { launch_day: { due: atlas/launch_day+1d } }\n", 1, &["needs: [atlas/launch_day]"]);
}

#[test]
fn a_length_without_a_unit_is_told_that_the_unit_is_missing() {
    assert_told(
        "  milestones: { launch_day: { duration: 5 } }\n",
        1,
        &["A unit is missing: write `5d` for days, `5bd` for business days"],
    );
}

#[test]
fn minutes_that_look_like_months_are_warned_of() {
    assert_told(
        "  milestones: { post_launch_review: { due: T+3m } }\n",
        0,
        &["date/minutes", "`T+3m` is 3 minutes away", "`12w`", "`180s`"],
    );
    let (_, text) = told(&[("launches/a.yaml", &plan("a", "  milestones: { post_launch_review: { due: T+90m } }\n"))]);
    assert!(!text.contains("date/minutes"), "{text}");
}

#[test]
fn an_hour_that_does_not_exist_is_answered_with_that_very_night() {
    let zone = "  timezone: Europe/Berlin\n  milestones: { check: { due: 2027-03-28T02:30 } }\n";
    assert_told(zone, 0, &["date/skipped-hour", "`2027-03-28T03:30+02:00`"]);
}

#[test]
fn a_circle_of_two_launches_is_told_once() {
    let one = plan("a", "  milestones: { launch_day: { needs: [b/launch_day] } }\n");
    let other = plan("b", "  milestones: { launch_day: { needs: [a/launch_day] } }\n");
    let (code, text) = told(&[("launches/a.yaml", &one), ("launches/b.yaml", &other)]);
    assert_eq!(code, 1, "{text}");
    assert_eq!(text.matches("each waits for the next").count(), 1, "{text}");
    assert!(text.contains("`b` is held: it is part of the circle that is told at `a`"), "{text}");
    let home = repository(&[("launches/a.yaml", &one), ("launches/b.yaml", &other)]);
    let (_, out, err) = launchd(home.path(), &["status"]);
    assert!((out.clone() + &err).matches("graph/cycle-across-launches").count() >= 2, "both are held: {out}{err}");
}

#[test]
fn a_lint_without_its_area_is_answered_with_its_whole_code() {
    let settings = "apiVersion: launchd/v1\nkind: Settings\nspec: { lints: { no-owner: off } }\n";
    let (_, text) = told(&[("launchd.yaml", settings), ("launches/a.yaml", &plan("a", ""))]);
    assert!(text.contains("Did you mean `lint/no-owner`?"), "{text}");
}

#[test]
fn texts_for_code_scanners_end_with_one_full_stop() {
    let home = repository(&[("launches/a.yaml", &plan("a", "  milestones: { post_launch_review: { due: T+3m } }\n"))]);
    let (_, out, _) = launchd(home.path(), &["validate", "-o", "sarif"]);
    assert!(out.contains("T+3m") && !out.contains(".."), "{out}");
}

#[test]
fn what_needed_a_milestone_that_is_cancelled_waits_for_what_that_needed() {
    let home =
        repository(&[("launches/a.yaml", &plan("a", "  milestones: { sales_readiness: { cancelled: true } }\n"))]);
    let (code, out, err) = launchd(home.path(), &["validate"]);
    assert_eq!(code, 0, "{out}{err}");
    let (_, out, _) = launchd(home.path(), &["graph", "a", "-o", "json"]);
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    let needs = document["needs"].as_array().unwrap();
    let bridged = |n: &&serde_json::Value| n["needed"] == "marketing_campaign_ready" && n["needed_by"] == "launch_day";
    assert!(needs.iter().any(|n| bridged(&n)), "{needs:#?}");
    // A need of the launch itself is its own to mend.
    let own =
        "  milestones:\n    sales_readiness: { cancelled: true }\n    party: { due: T, needs: [sales_readiness] }\n";
    fs::write(home.path().join("launches/a.yaml"), plan("a", own)).unwrap();
    assert_told(own, 1, &["This launch cancels the milestone `sales_readiness`"]);
}

#[test]
fn goals_that_say_nothing_or_the_same_are_told() {
    assert_told("  goals: [\" \"]\n", 1, &["goal/empty"]);
    assert_told("  goals: [Twenty teams use it, Twenty teams use it]\n", 0, &["goal/twice"]);
}

#[test]
fn service_targets_beyond_the_whole_are_errors() {
    let more = "  support: { sla_targets: { standard: { availability: 101, resolution_rate: 95 } } }\n";
    assert_told(more, 1, &["`availability` of `standard` is 101", "`resolution_rate` of `standard` is 95"]);
    assert_told("  support: { sla_targets: { standard: { availability: 99.95, resolution_rate: 95% } } }\n", 0, &[]);
}

#[test]
fn more_sign_offs_than_the_team_has_people_are_warned_of() {
    let team = "apiVersion: launchd/v1\nkind: Team\nmetadata: { name: crew }\nspec: { members: [ana, ben] }\n";
    let with = |count: u32| {
        plan(
            "a",
            &format!("  milestones: {{ launch_day: {{ approvals: [{{ name: go, from: crew, count: {count} }}] }} }}\n"),
        )
    };
    let (code, text) = told(&[("launches/crew.yaml", team), ("launches/a.yaml", &with(3))]);
    assert!(code == 0 && text.contains("`go` asks for 3 of `crew`, which has 2"), "{text}");
    let (_, text) = told(&[("launches/crew.yaml", team), ("launches/a.yaml", &with(2))]);
    assert!(!text.contains("approval/too-few-people"), "{text}");
}

#[test]
fn a_currency_alone_over_the_profile_s_amount_is_an_error_that_names_both() {
    let more = "  marketing: { budget: { currency: EUR } }\n";
    assert_told(more, 1, &["budget/currency-without-total", "it would become 5000 EUR", "the total of 5000 USD"]);
    assert_told("  marketing: { budget: { currency: EUR, total: 4600 } }\n", 0, &[]);
    assert_told("  marketing: { budget: { currency: USD } }\n", 0, &[]);
    let profile = "apiVersion: launchd/v1\nkind: Profile\nmetadata: { name: own }\nextends: feature-update\nspec:\n  \
                   marketing: { budget: { currency: EUR } }\n";
    let (code, text) = told(&[("launches/own.yaml", profile), ("launches/a.yaml", &plan("a", "  profile: own\n"))]);
    assert_eq!((code, text.matches("budget/currency-without-total").count()), (1, 1), "{text}");
}

#[test]
fn a_day_that_is_none_is_answered_with_how_days_are_written() {
    let home = repository(&[("launches/a.yaml", &plan("a", ""))]);
    let (code, _, err) = launchd(home.path(), &["portfolio", "--from", "tomorrow"]);
    assert!(code == 2 && err.contains("write year, month and day, as in 2027-03-18"), "{err}");
}

#[test]
fn what_can_never_work_is_told_before_it_is_tried() {
    let check = |more: &str| format!("  milestones:\n    launch_day:\n      checks: [{{ name: up, {more} }}]\n");
    let hook = |more: &str| {
        format!("  milestones:\n    launch_day:\n      activities:\n        tell: {{ uses: webhook/call, {more} }}\n")
    };
    for (more, parts) in [
        (check("http: 'file:///etc/passwd'"), ["with/invalid-value", "nothing but `https` and `http` is called"]),
        (check("http: { url: 'javascript:alert(1)' }"), ["with/invalid-value", "is no address that can be called"]),
        (check("uses: http/get, with: { url: /health }, pass: value"), ["with/invalid-value", "`url` of `http/get`"]),
        (check("http: https://example.com, timeout: 0s"), ["date/no-time", "Write a length such as `30s`"]),
        (hook("timeout: 0m, with: { url: https://example.com }"), ["date/no-time", "`timeout` is over"]),
        (hook("title: ' ', with: { url: https://example.com }"), ["schema/empty-text", "take the field out"]),
        (hook("with: { url: { secret: hoook } }"), ["reference/unknown-secret", "Did you mean `hook`?"]),
        (
            hook("with: { url: https://hooks.slack.com/services/T0AB/B0CD/aBcDeFgHiJkLmNoPqRsTuVwX }"),
            ["secret/plain-text", "write `{ secret: NAME }`"],
        ),
    ] {
        let settings = "apiVersion: launchd/v1\nkind: Settings\nspec: { secrets: { hook: { env: HOOK } } }\n";
        let (code, text) = told(&[("launches/a.yaml", &plan("a", &more)), ("launchd.yaml", settings)]);
        let text = text.to_lowercase();
        assert_eq!(code, 1, "{more}\n{text}");
        for part in parts {
            assert!(text.contains(&part.to_lowercase()), "`{part}` is not in what is said of\n{more}\n{text}");
        }
        assert!(!text.contains("ijklmnop"), "the credential is shown: {text}");
    }
    for good in [check("http: 'https://example.com/{{ launch.name }}'"), hook("with: { url: { secret: hook } }")] {
        let settings = "apiVersion: launchd/v1\nkind: Settings\nspec: { secrets: { hook: { env: HOOK } } }\n";
        let (code, text) = told(&[("launches/a.yaml", &plan("a", &good)), ("launchd.yaml", settings)]);
        assert_eq!(code, 0, "{good}\n{text}");
    }
}

#[test]
fn a_date_that_counts_from_nowhere_is_answered_with_what_there_is_to_count_from() {
    let due = |text: &str| format!("  milestones:\n    launch_day: {{ due: T }}\n    extra: {{ due: '{text}' }}\n");
    assert_told(&due("T--2w"), 1, &["no length of time comes after `T-`", "T-2w"]);
    assert_told(&due("T+"), 1, &["no length of time comes after `T+`"]);
    assert_told(&due("nope+3d"), 1, &["counts from `nope`", "There are: T,", "launch_day", "product_readiness"]);
    assert_told(&due("launch_dya+3d"), 1, &["Did you mean `launch_day`?"]);
}

#[test]
fn a_file_that_cannot_be_read_is_named_in_every_form() {
    let home = repository(&[("launches/a.yaml", &plan("a", ""))]);
    std::os::unix::fs::symlink("/dev/null", home.path().join("launches/b.yaml")).unwrap();
    let said = |form: &str| launchd(home.path(), &["validate", "-o", form]).1;
    let json: serde_json::Value = serde_json::from_str(&said("json")).unwrap();
    let problem = json["diagnostics"].as_array().unwrap().iter().find(|d| d["code"] == "source/unreadable").unwrap();
    assert_eq!(problem["at"]["file"], "launches/b.yaml", "{json:#}");
    assert!(said("sarif").contains("\"uri\": \"launches/b.yaml\""), "{}", said("sarif"));
    assert!(said("github").contains("::error file=launches/b.yaml,line=1,"), "{}", said("github"));
    assert!(said("human").contains("launches/b.yaml:1:1"), "{}", said("human"));
}

#[test]
fn shares_without_a_percent_sign_are_answered_with_both_ways_to_write_them() {
    let more = "  marketing: { budget: { total: 100, allocation: { email_marketing: 80, content_marketing: 20 } } }\n";
    assert_told(more, 1, &["Write `email_marketing: 80%` or `email_marketing: 0.8`"]);
}

#[test]
fn a_total_that_cannot_be_read_is_not_called_missing_as_well() {
    for total in ["1e400", "123456789012345678901234567890"] {
        let more = format!("  marketing: {{ budget: {{ total: {total}, spent: {{ events: 5 }} }} }}\n");
        let (code, text) = told(&[("launches/a.yaml", &plan("a", &more))]);
        assert_eq!((code, text.contains("how much money there is")), (1, false), "{text}");
    }
}

#[test]
fn a_need_of_what_is_left_out_is_told_why_that_is_left_out() {
    let with = |made: &str| {
        format!(
            "  milestones:\n    launch_day:\n      activities:\n        w10: {{ uses: human/task, title: A, {made} }}\n        \
             w11: {{ uses: human/task, title: B, needs: [w10] }}\n"
        )
    };
    let told = "The activity `w10` is left out of this launch, because its";
    assert_told(&with("when: false"), 1, &[&format!("{told} `when` is false")]);
    assert_told(&with("for_each: []"), 1, &[&format!("{told} `for_each` is empty")]);
    assert_told(&with("for_each: [eu, us], when: \"item == 'mars'\""), 1, &[&format!("{told} `when` is false")]);
}

#[test]
fn an_activity_with_the_id_of_a_milestone_is_refused_with_both_places() {
    let more = "  milestones:\n    ready: { due: T-1w }\n    launch_day:\n      activities:\n        \
                ready: { uses: human/task, title: A }\n";
    assert_told(more, 1, &["name/activity-like-milestone", "a.yaml:13:9", "10 ready: { due: T-1w }", "the milestone"]);
    let window = "  milestones:\n    launch_day:\n      activities:\n        \
                  sales_early: { uses: human/task, title: A }\n  sales:\n    timeline:\n      early:\n        \
                  start: T-2w\n        end: T-1w\n        activities: { b: { uses: human/task, title: B } }\n";
    assert_told(window, 1, &["name/activity-like-milestone", "early:", "the milestone"]);
}

#[test]
fn advice_can_be_followed_where_it_is_given() {
    let calendar = "apiVersion: launchd/v1\nkind: Calendar\nmetadata: { name: c }\nspec:\n  freezes: [{ name: f, from: 2027-11-22 }]\n";
    let (_, text) = told(&[("launches/c.yaml", calendar)]);
    assert!(text.contains("Add `until: 2027-03-18`"), "{text}");
    let (_, text) = told(&[("launches/a.yaml", &plan("a", "").replace("2027-04-01T09:00", "2027-02-29"))]);
    assert!(text.contains("no such day") && !text.contains("T-2w"), "{text}");
    assert_told("  support: { sla_targets: { standard: { response_time: 24 } } }\n", 1, &["write `24h` for hours"]);
    for due in ["20270401", "[]"] {
        assert_told(&format!("  milestones: {{ launch_day: {{ due: {due} }} }}\n"), 1, &["Write it like `T-2w`"]);
    }
    assert_told("  risks: [{ name: r, title: R, likelihood: 7 }]\n", 1, &["Use `low`"]);
    let profile = "apiVersion: launchd/v1\nkind: Profile\nmetadata: { name: pipe }\nspec: {}\nextends: pipee\n";
    let (_, text) = told(&[("launches/p.yaml", profile)]);
    assert!(text.contains("unknown-profile") && !text.contains("mean `pipe`"), "{text}");
}

#[test]
fn every_problem_of_a_template_says_what_to_do() {
    for (template, help) in [("{{ launch.title", "close what is opened"), ("{{ launch.title / 2 }}", "default(")] {
        let activity = format!("{{ uses: human/task, title: \"{template}\" }}");
        let more = format!("  milestones: {{ launch_day: {{ activities: {{ tell: {activity} }} }} }}\n");
        assert_told(&more, 1, &["template/", help]);
    }
}

#[test]
fn what_is_no_file_is_not_said_to_need_a_permission() {
    let home = repository(&[("launches/a.yaml", &plan("a", ""))]);
    std::os::unix::fs::symlink("nothing", home.path().join("launches/b.yaml")).unwrap();
    let (_, out, err) = launchd(home.path(), &["validate"]);
    assert!((out.clone() + &err).contains("link to nothing"), "{out}{err}");
    assert!((out.clone() + &err).contains("Mend that, or move it out"), "{out}{err}");
}

#[test]
fn a_problem_of_a_built_in_profile_is_shown_at_the_launch_that_has_it() {
    let calendar = "apiVersion: launchd/v1\nkind: Calendar\nmetadata: { name: c }\nspec:\n  freezes: [{ name: f, from: \
                    2027-02-01, until: 2027-05-30 }]\n";
    let (one, two) = (plan("a", "  calendar: c\n"), plan("b", "  calendar: c\n"));
    let home = repository(&[("launches/a.yaml", &one), ("launches/b.yaml", &two), ("launches/c.yaml", calendar)]);
    let (_, out, _) = launchd(home.path(), &["validate", "-o", "github"]);
    assert!(out.contains("file=launches/a.yaml,line=3,") && out.contains("file=launches/b.yaml,line=3,"), "{out}");
    assert!(!out.contains("file=profile"), "{out}");
    let (_, out, err) = launchd(home.path(), &["diff"]);
    assert!(!(out.clone() + &err).contains("launches/profile:"), "{out}{err}");
    let (_, text) = told(&[("launches/a.yaml", &one), ("launches/b.yaml", &two), ("launches/c.yaml", calendar)]);
    assert!(text.contains("it is so in the launch `a`") && text.contains("it is so in the launch `b`"), "{text}");
}

#[test]
fn a_file_name_cannot_steer_the_terminal_or_begin_a_line() {
    let home = repository(&[("launches/a\u{1b}[31m\nb.yaml", "kind: Lunch\n")]);
    for form in ["human", "github"] {
        let (_, out, err) = launchd(home.path(), &["validate", "-o", form]);
        assert!(!(out.clone() + &err).contains(['\u{1b}']), "{out}{err}");
        assert!((out.clone() + &err).contains("a\u{fffd}[31m\u{fffd}b.yaml"), "{out}{err}");
    }
}

#[test]
fn new_says_why_a_target_is_no_date_and_which_zone_was_meant() {
    let home = repository(&[]);
    let new = |more: &[&str]| {
        let all = [&["new", "a", "--type", "feature_update", "--stdout"], more].concat();
        let (code, _, err) = launchd(home.path(), &all);
        (code, err)
    };
    let (code, err) = new(&["--target", "next week"]);
    assert!(code == 2 && err.contains("`next week` is no date"), "{err}");
    let (_, err) = new(&["--target", "2027-02-29"]);
    assert!(err.contains("`2027-02-29`") && err.contains("no such day"), "{err}");
    let (_, err) = new(&["--target", "2027-04-01", "--timezone", "new_york"]);
    assert!(err.contains("did you mean `America/New_York`?"), "{err}");
    let (code, err) = new(&["--target", "2027-03-28T02:30", "--timezone", "Europe/Berlin"]);
    assert!(code == 0 && err.contains("`2027-03-28T03:30+02:00`"), "{err}");
}

#[test]
fn figures_below_zero_and_promises_beyond_all_are_problems() {
    for (more, exit, parts) in [
        (
            "  goals: [{ name: g, metric: m, target: '>= -5' }]\n  metrics: { m: { uses: http/get, with: { url: https://example.com } } }\n",
            0,
            ["goal/negative-target", "`>= -5`"],
        ),
        (
            "  sales: { targets: { new_customers: -100 } }\n",
            1,
            ["area/negative-target", "`new_customers` is to reach -100"],
        ),
        (
            "  sales: { quotas: { pre_launch: { calls_per_day: -1 } } }\n",
            1,
            ["area/negative-target", "`calls_per_day`"],
        ),
        (
            "  support: { sla_targets: { standard: { availability: 150% } } }\n",
            1,
            ["support/impossible-target", "150 %"],
        ),
    ] {
        assert_told(more, exit, &parts);
    }
}

#[test]
fn a_channel_that_is_there_twice_or_nearly_known_is_warned_of_and_one_of_your_own_is_not() {
    let channels = "  marketing: { channels: [email_marketing, email_marketing, socail_media, street_theatre] }\n";
    assert_told(channels, 0, &["area/channel-twice", "area/unknown-channel", "Did you mean `social_media`?"]);
    let (_, text) = told(&[("launches/a.yaml", &plan("a", channels))]);
    assert!(!text.contains("`street_theatre`"), "{text}");
}

#[test]
fn something_public_at_midnight_is_warned_of_where_nobody_wrote_a_time() {
    let public = "  milestones:\n    launch_day:\n      approvals: [{ name: go, from: ana }]\n      activities:\n        tell: { uses: exec/once, with: { command: [echo] }, on_cancel: keep }\n";
    let timed = plan("a", public);
    let (_, text) = told(&[("launches/a.yaml", &timed.replace("T09:00", ""))]);
    for part in ["lint/target-at-midnight", "2027-04-01 00:00 UTC", "`target_date: 2027-04-01T09:00`"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    for hour in ["T09:00", "T00:00"] {
        let (_, text) = told(&[("launches/a.yaml", &timed.replace("T09:00", hour))]);
        assert!(!text.contains("at-midnight"), "{text}");
    }
}

#[test]
fn a_program_that_settings_do_not_allow_is_told_before_it_is_due() {
    let run = "  milestones:\n    launch_day: { checks: [{ name: works, run: [./ci/smoke.sh] }] }\n";
    assert_told(run, 0, &["reference/program-not-allowed", "./ci/smoke.sh", "exec: { allow:"]);
    let settings = "apiVersion: launchd/v1\nkind: Settings\nspec: { exec: { allow: [./ci/*] } }\n";
    let (_, text) = told(&[("launches/a.yaml", &plan("a", run)), ("launchd.yaml", settings)]);
    assert!(!text.contains("program-not-allowed"), "{text}");
}

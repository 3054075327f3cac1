//! What `diff` prints is what `apply` does, in that order: each printed form against the journal of the apply after it.

use std::fs;

use serde_json::Value;

use super::home::Home;

/// A verb with the activity that it is done to.
type Step = (String, String);

/// Small numbers that look random, the same for a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// Activities of four kinds, each after some of those before it. `texts` says what each one holds; `None` leaves it out.
fn milestone(dice: &mut Dice, texts: &[Option<u64>]) -> String {
    let mut text = "      activities:\n".to_owned();
    for (n, held) in texts.iter().enumerate() {
        let before: Vec<_> =
            (0..n).filter(|b| texts[*b].is_some() && dice.below(4) == 0).map(|b| format!("a{b}")).collect();
        let Some(held) = held else { continue };
        let what = match n % 4 {
            0 => format!(
                "uses: webhook/object, on_remove: delete, with: {{ url: SERVER/objects, body: {{ n: {held} }} }}"
            ),
            1 => format!("uses: desk/ticket, on_remove: close, with: {{ summary: number {held} }}"),
            2 => format!("uses: exec/command, with: {{ command: [echo, '{held}'] }}"),
            // Another kind that nothing waits for: people take their time.
            _ => format!("uses: webhook/keyed_call, with: {{ url: SERVER/keyed/a{n}, body: {{ n: {held} }} }}"),
        };
        text += &format!("        a{n}: {{ {what}, needs: [{}] }}\n", before.join(", "));
    }
    text
}

fn is_effect(verb: &str) -> bool {
    ["create", "update", "close", "delete"].contains(&verb)
}

/// The steps of `diff -o json`, each with the activities that come before it.
fn of_json(plan: &Value) -> Vec<(Step, Vec<String>)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let changes = plan["launches"].as_array().unwrap().iter().flat_map(|l| l["changes"].as_array().unwrap());
    changes
        .filter(|c| c["blocked"].as_array().unwrap().is_empty() && is_effect(c["action"].as_str().unwrap()))
        .map(|c| {
            let after = c["after"].as_array().unwrap().iter().map(text).collect();
            ((text(&c["action"]), text(&c["address"])), after)
        })
        .collect()
}

/// The steps of the lines that people read: a sign, the verb, the activity.
fn of_lines(text: &str) -> Vec<Step> {
    let words = text.lines().filter(|l| l.starts_with("  ") && !l.starts_with("   "));
    words
        .filter_map(|line| match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["+" | "~" | "-", verb, activity, ..] => Some((verb.to_owned(), activity.to_owned())),
            _ => None,
        })
        .collect()
}

/// The effects that were journalled after an event, as intents in their order.
fn journalled(home: &Home, after: usize) -> Vec<Step> {
    let events = home.events();
    let intents = events[after..].iter().filter(|e| e["event"] == "intent_opened");
    intents
        .map(|e| {
            let intent = &e["details"]["intent"];
            (intent["verb"].as_str().unwrap().to_owned(), intent["activity"].as_str().unwrap().to_owned())
        })
        .collect()
}

fn home(concurrency: u32) -> Home {
    let home = Home::new();
    let settings = fs::read_to_string(home.path("launchd.yaml")).unwrap();
    let limits = format!("spec:\n  limits: {{ concurrency: {concurrency} }}\n");
    let settings = settings.replace("spec:\n", &limits).replace("policy: { ", "policy: { max_change_percent: 100, ");
    home.write("launchd.yaml", &settings);
    home
}

/// Three states of a random launch, one after the other, each shown and then applied.
fn follow(seed: u64, concurrency: u32, judge: impl Fn(&str, &[(Step, Vec<String>)], &[Step])) -> usize {
    let mut dice = Dice(seed);
    let home = home(concurrency);
    let mut texts: Vec<Option<u64>> = (0..8).map(|n| Some(n).filter(|_| dice.below(5) > 0)).collect();
    let mut steps = 0;
    for round in 0..3 {
        home.plan("atlas", &milestone(&mut dice, &texts));
        let printed = of_json(&home.json(&["diff"]));
        let lines = of_lines(&home.run(&["diff"]).out);
        let of_json: Vec<Step> = printed.iter().map(|(step, _)| step.clone()).collect();
        assert_eq!(lines, of_json, "seed {seed}, round {round}: both forms say the same");
        let before = home.events().len();
        home.ok(0, &["apply", "--yes"]);
        judge(&format!("seed {seed}, round {round}"), &printed, &journalled(&home, before));
        steps += printed.len();
        for held in &mut texts {
            *held = match dice.below(4) {
                0 => None,
                1 | 2 => Some(dice.below(100)),
                _ => *held,
            };
        }
    }
    steps
}

#[test]
fn what_diff_prints_is_what_apply_does_in_that_order() {
    let mut steps = 0;
    for seed in 1..=4 {
        steps += follow(seed, 1, |when, printed, done| {
            let printed: Vec<Step> = printed.iter().map(|(step, _)| step.clone()).collect();
            assert_eq!(printed, done, "{when}");
        });
    }
    assert!(steps > 40, "only {steps} steps were compared");
}

#[test]
fn what_is_done_at_the_same_time_is_the_same_and_each_after_what_it_comes_after() {
    for seed in 11..=13 {
        follow(seed, 32, |when, printed, done| {
            let mut expected: Vec<Step> = printed.iter().map(|(step, _)| step.clone()).collect();
            let mut sorted = done.to_vec();
            expected.sort();
            sorted.sort();
            assert_eq!(expected, sorted, "{when}");
            let place = |activity: &str| done.iter().position(|(_, id)| id == activity);
            for ((_, activity), after) in printed {
                let behind = after.iter().filter_map(|b| place(b)).all(|b| Some(b) < place(activity));
                assert!(behind, "{when}: {activity} is after {after:?} in {done:?}");
            }
        });
    }
}

//! `apply --wait` ends when it can bring nothing on any more.

use super::home::Home;

#[test]
fn waiting_ends_when_only_people_are_waited_for_and_goes_on_for_what_comes_by_itself() {
    let home = Home::new();
    let plan = "      activities:
        page: { uses: webhook/object, with: { url: SERVER/objects, body: { title: Page } } }
        sign: { uses: human/task }
        after: { uses: webhook/object, needs: [sign], with: { url: SERVER/objects, body: { title: After } } }
";
    home.plan("atlas", plan);
    let waited = home.ok(0, &["apply", "--yes", "--wait", "--timeout", "50s"]);
    assert!(waited.err.contains("Only people are waited for"), "{}", waited.err);
    assert!(!waited.err.contains("The time to wait is over"), "{}", waited.err);
    home.ok(0, &["done", "atlas", "sign", "--evidence", "https://desk.example/1"]);
    home.ok(0, &["apply", "--yes", "--wait", "--timeout", "50s"]);
    assert_eq!(home.status("atlas"), "completed");
    // A check that is asked again and again is no person.
    let checked = "      checks: [{ name: high, http: SERVER/value, pass: value > 5, every: 1s }]\n";
    home.plan("checked", checked);
    let late = home.run(&["apply", "checked", "--yes", "--wait", "--timeout", "2s"]);
    assert!(late.err.contains("The time to wait is over"), "{late:?}");
}

#[test]
fn the_summary_of_apply_counts_each_line_that_it_lists_as_not_yet() {
    let home = Home::new();
    let plan = "      activities:
        sign: { uses: human/task }
      checks:
        - { name: up, run: ['false'] }
        - { name: fast, run: ['false'] }
";
    for launch in ["atlas", "borea"] {
        home.plan(launch, plan);
        home.ok(0, &["apply", launch, "--yes"]);
        home.ok(0, &["done", launch, "sign", "--evidence", "https://desk.example/1"]);
    }
    let told = home.ok(0, &["apply", "atlas", "--yes"]).out;
    assert_eq!(told.lines().filter(|line| line.starts_with("… check")).count(), 2, "{told}");
    assert!(told.contains("Applied: 0 done, 2 waiting, 2 not tried."), "{told}");
    let asked = home.json(&["apply", "borea", "--yes"]);
    let listed = asked["launches"][0]["results"].as_array().unwrap();
    assert_eq!(listed.iter().filter(|r| r["result"] == "waiting").count(), 2, "{asked:#}");
    assert_eq!(asked["summary"]["waiting"], 2, "{asked:#}");
}

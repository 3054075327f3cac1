//! Codes of goals and risks.

use super::Code;

pub(super) const CODES: &[Code] = &[
    Code {
        code: "goal/dates",
        meaning: "a goal is judged before it is measured",
        explanation: "Samples are taken from `start` (the target date, where nothing is written) until `by`, and the last \
                      one decides. Move `start` before `by`.",
        wrong: "- { name: signups, metric: signups, target: \">= 100\", start: T+2w, by: T+1w }",
        right: "- { name: signups, metric: signups, target: \">= 100\", by: T+1w }",
    },
    Code {
        code: "goal/direction",
        meaning: "a goal's direction contradicts its target",
        explanation: "`>=` and `>` ask for more, `<=` and `<` for less. Leave `direction` out; it is there for goals \
                      without a target, which are to be better than their baseline.",
        wrong: "- { name: errors, metric: error_rate, target: \"< 0.01\", direction: up }",
        right: "- { name: errors, metric: error_rate, target: \"< 0.01\" }",
    },
    Code {
        code: "goal/empty",
        meaning: "a goal that says nothing",
        explanation: "A goal that is a sentence is judged by a person, who has to know what is asked.",
        wrong: "goals: [\"\"]",
        right: "goals: [\"Twenty teams use it in the second week\"]",
    },
    Code {
        code: "goal/negative-target",
        meaning: "a goal is to reach a figure below zero",
        explanation: "What is counted is never below zero, so such a goal is reached from the start. Of figures that can \
                      be, such as a score, say so: `lints: { goal/negative-target: off }` in launchd.yaml.",
        wrong: "- { name: signups, metric: signups, target: \">= -100\" }",
        right: "- { name: signups, metric: signups, target: \">= 100\" }",
    },
    Code {
        code: "goal/no-target",
        meaning: "a goal has a metric and nothing says which figure is good",
        explanation: "Without a target or a direction nobody can say whether the goal was reached. Add a target; or \
                      `direction: up` or `down`, with a baseline to be better than.",
        wrong: "- { name: customers, metric: signups }",
        right: "- { name: customers, metric: signups, target: \">= 100\" }",
    },
    Code {
        code: "goal/target",
        meaning: "a goal's target cannot be read",
        explanation: "A target is a comparison with a number (`>= 100`, `< 0.01`, `at least 80 %`), a range (`between 90 \
                      and 110`, `90..110`), or a number to reach at least. A unit may follow. Thousands may be parted \
                      by `_`, not by a comma.",
        wrong: "target: a lot",
        right: "target: \">= 100\"",
    },
    Code {
        code: "goal/twice",
        meaning: "a goal is there twice",
        explanation: "Each goal is judged, asked for and counted by itself; the same sentence twice counts double.",
        wrong: "goals: [Twenty teams use it, Twenty teams use it]",
        right: "goals: [Twenty teams use it]",
    },
    Code {
        code: "lint/risk-without-mitigation",
        meaning: "nothing is done about a serious risk",
        explanation: "A risk that is likely and bad needs something that makes it less likely, or hurt less. Write it \
                      into `mitigation`; a risk that is accepted says so there.",
        wrong: "risks:\n  - { name: capacity, likelihood: high, impact: high, owner: platform-team }",
        right: "risks:\n  - { name: capacity, likelihood: high, impact: high, owner: platform-team, mitigation: Load test in week 3. }",
    },
    Code {
        code: "lint/risk-without-owner",
        meaning: "nobody watches a serious risk",
        explanation: "A risk that is likely and bad needs somebody who looks for its first signs. Add `owner`.",
        wrong: "risks:\n  - { name: capacity, likelihood: high, impact: high, mitigation: Load test in week 3. }",
        right: "risks:\n  - { name: capacity, likelihood: high, impact: high, owner: platform-team, mitigation: Load test in week 3. }",
    },
    Code {
        code: "lint/unmeasured-metric",
        meaning: "a risk's trigger waits for a figure that nothing measures",
        explanation: "A metric is measured by the goals and checks that name it, when they are due. One that only a \
                      trigger names is never asked for, and the risk never shows.",
        wrong: "risks: [{ name: errors, trigger: metrics.error_rate > 0.05 }]",
        right: "launch_day: { checks: [{ name: errors_low, metric: error_rate, pass: value < 0.05 }] }",
    },
    Code {
        code: "name/duplicate-risk",
        meaning: "two risks have one name",
        explanation: "Reports refer to risks by name. Rename one of them.",
        wrong: "risks: [{ name: delay }, { name: delay }]",
        right: "risks: [{ name: delay_vendor }, { name: delay_review }]",
    },
    Code {
        code: "risk/trigger",
        meaning: "a risk's trigger uses something that this launch does not observe",
        explanation: "A trigger in words is watched by a person. An expression is watched by launchd, over what it \
                      observes: `metrics.NAME`, `milestones.NAME.status`, `activities.NAME.status`, `goals.NAME.verdict` \
                      and `launch.NAME`. A name that is none of these would never set it off.",
        wrong: "trigger: metrics.eror_rate > 0.05",
        right: "trigger: metrics.error_rate > 0.05",
    },
];

//! Codes of names, references, profiles and templates.

use super::Code;

pub(super) const CODES: &[Code] = &[
    Code {
        code: "name/activity-like-milestone",
        meaning: "an activity has the id of a milestone",
        explanation: "Needs, commands and dates name both alike, so `needs: [ready]` would wait for the milestone where \
                      `launchd done` speaks of the activity. Rename the activity; if it ran already, add `moved` so that \
                      its object is kept.",
        wrong: "milestones:\n  ready: {}\n  launch_day:\n    activities: { ready: {} }",
        right: "milestones:\n  ready: {}\n  launch_day:\n    activities: { get_ready: {} }",
    },
    Code {
        code: "name/duplicate-activity",
        meaning: "two activities have one id",
        explanation: "An activity's id names its object for ever, so it is unique in the whole launch, not only in its \
                      milestone. Rename one; if it ran already, add `moved` so that its object is kept.",
        wrong: "launch_day:\n  activities: { post: {} }\nreview:\n  activities: { post: {} }",
        right: "launch_day:\n  activities: { post: {} }\nreview:\n  activities: { review_post: {} }",
    },
    Code {
        code: "name/duplicate-approval",
        meaning: "two approvals of a milestone have one name",
        explanation: "Sign-offs are recorded by name, so one would count for the other. Rename one of them.",
        wrong: "approvals: [{ name: go }, { name: go }]",
        right: "approvals: [{ name: go_product }, { name: go_legal }]",
    },
    Code {
        code: "name/duplicate-check",
        meaning: "two checks of a milestone have one name",
        explanation: "Answers are recorded by name, so one would count for the other. Rename one of them.",
        wrong: "checks: [{ name: up, http: … }, { name: up, http: … }]",
        right: "checks: [{ name: site_up, http: … }, { name: api_up, http: … }]",
    },
    Code {
        code: "name/duplicate-document",
        meaning: "two documents of a kind have one name",
        explanation: "State and external objects belong to a launch's name; with two files of one name nobody can tell \
                      which is meant, so neither is followed. Rename one, or remove it. The same holds for profiles, \
                      calendars, teams and connectors.",
        wrong: "kind: Launch\nmetadata: { name: atlas }\n---\nkind: Launch\nmetadata: { name: atlas }",
        right: "kind: Launch\nmetadata: { name: atlas }\n---\nkind: Launch\nmetadata: { name: atlas-emea }",
    },
    Code {
        code: "name/duplicate-goal",
        meaning: "two goals have one name",
        explanation: "Samples and reports refer to goals by name. Rename one of them.",
        wrong: "goals: [{ name: sales, … }, { name: sales, … }]",
        right: "goals: [{ name: sales_emea, … }, { name: sales_amer, … }]",
    },
    Code {
        code: "name/invalid",
        meaning: "the text is no id",
        explanation: "Ids have lower-case letters, digits, `-` and `_`, begin and end with a letter or digit, and have \
                      at most 63 characters. The id of an activity in a time line is made of area, window and name, \
                      which may be too long together.",
        wrong: "activities: [Press Briefing]",
        right: "activities: [press_briefing]",
    },
    Code {
        code: "name/reserved",
        meaning: "the name is one of launchd's own",
        explanation: "Built-in profiles and connectors are not replaced, so that everybody means the same by their \
                      names. Give yours another name; a profile extends the built-in one.",
        wrong: "kind: Profile\nmetadata: { name: new-product }",
        right: "kind: Profile\nmetadata: { name: our-new-product }\nextends: new-product",
    },
    Code {
        code: "profile/broken",
        meaning: "the launch's profile has errors",
        explanation: "A launch is written over its profile. While the profile has errors, every launch that uses it is \
                      held at its last good state. Mend the profile first.",
        wrong: "",
        right: "",
    },
    Code {
        code: "profile/cycle",
        meaning: "profiles extend each other in a circle",
        explanation: "A profile is written over the one that it extends, so one of them has to come first. Let one of \
                      the circle extend a built-in profile, or none.",
        wrong: "metadata: { name: tier-1 }\nextends: tier-1",
        right: "metadata: { name: tier-1 }\nextends: new-product",
    },
    Code {
        code: "profile/missing-parameter",
        meaning: "the profile asks for a parameter that the launch does not give",
        explanation: "A profile's parameter without a default must be chosen by each launch, under `spec.parameters`.",
        wrong: "profile: tier-2",
        right: "profile: tier-2\nparameters: { channel: C0RELAY01 }",
    },
    Code {
        code: "profile/parameter-type",
        meaning: "a parameter is of another type than the profile declares",
        explanation: "The profile says what kind of value it expects: a text, a number, true or false, a date, a \
                      duration or a list.",
        wrong: "parameters: { regions: emea }",
        right: "parameters: { regions: [emea] }",
    },
    Code {
        code: "reference/invalid-move",
        meaning: "a rename does not fit the activities there are",
        explanation: "`from` is the id that an activity had, `to` the one that it has in this file. As long as an \
                      activity has the old id, or none has the new one, there is nothing to rename.",
        wrong: "moved: [{ from: epic, to: epic }]",
        right: "moved: [{ from: epic, to: readiness_epic }]",
    },
    Code {
        code: "reference/invalid-need",
        meaning: "a dependency is no milestone of a launch",
        explanation: "A milestone of another launch is written `launch/milestone`.",
        wrong: "needs: [atlas-2/Launch Day]",
        right: "needs: [atlas-2/launch_day]",
    },
    Code {
        code: "reference/program-not-allowed",
        meaning: "a plan runs a program that the settings do not allow",
        explanation: "Which programs plans may run stands under `exec: allow:` in launchd.yaml, and nowhere else, so \
                      that a pull request cannot run one of its own. `validate` tells it, `diff` shows it as waiting, \
                      and nothing is run.",
        wrong: "with: { command: [./ci/smoke.sh] }   # exec: { allow: [] }",
        right: "with: { command: [./ci/smoke.sh] }   # exec: { allow: [./ci/*] }",
    },
    Code {
        code: "reference/unknown-activity",
        meaning: "there is no such activity in this launch",
        explanation: "What a template or expression takes from another activity makes it wait for that activity, so it \
                      must be there. The instances of a `for_each` are named with their item.",
        wrong: "parent: \"{{ activities.epik.id }}\"",
        right: "parent: \"{{ activities.epic.id }}\"",
    },
    Code {
        code: "reference/unknown-calendar",
        meaning: "there is no such calendar",
        explanation: "Business days, holidays and freezes come from a `kind: Calendar` of the same repository.",
        wrong: "calendar: us-2072",
        right: "calendar: us-2027",
    },
    Code {
        code: "reference/unknown-connector",
        meaning: "there is no such connector",
        explanation: "`uses` names a connector before the `/`. `launchd connectors` lists the built-in ones; your own \
                      are `kind: Connector`.",
        wrong: "uses: jria/issue",
        right: "uses: jira/issue",
    },
    Code {
        code: "reference/unknown-launch",
        meaning: "there is no such launch",
        explanation: "A dependency on another launch, or an exception of a freeze, names a launch of the same \
                      repository.",
        wrong: "needs: [atlas/launch_day]",
        right: "needs: [atlas-2/launch_day]",
    },
    Code {
        code: "reference/unknown-metric",
        meaning: "the launch has no such metric",
        explanation: "A check asks one of the launch's `metrics`, by name.",
        wrong: "checks: [{ name: low, metric: eror_rate, pass: value < 0.01 }]",
        right: "checks: [{ name: low, metric: error_rate, pass: value < 0.01 }]",
    },
    Code {
        code: "reference/unknown-milestone",
        meaning: "there is no such milestone",
        explanation: "Milestones come from the profile and from the launch. A milestone with `cancelled: true` is gone, and nothing can count from it or need it.",
        wrong: "due: product_redyness+3d",
        right: "due: product_readiness+3d",
    },
    Code {
        code: "reference/unknown-need",
        meaning: "there is neither a milestone nor an activity of this name",
        explanation: "`needs` names milestones and activities of the same launch, or `launch/milestone` of another \
                      one.",
        wrong: "needs: [product_redyness]",
        right: "needs: [product_readiness]",
    },
    Code {
        code: "reference/unknown-parameter",
        meaning: "no profile of the launch has such a parameter",
        explanation: "A value that nothing reads would be silently without effect. `parameters` gives values for those \
                      that the profile declares.",
        wrong: "parameters: { chanel: C01 }",
        right: "parameters: { channel: C01 }",
    },
    Code {
        code: "reference/unknown-profile",
        meaning: "there is no such profile",
        explanation: "`profile` and `extends` name a `kind: Profile` of the repository, or a built-in one: \
                      new-product, major-release, feature-update, beta-launch, soft-launch, standard.",
        wrong: "profile: teir-2",
        right: "profile: tier-2",
    },
    Code {
        code: "reference/unknown-resource",
        meaning: "the connector has no such resource",
        explanation: "`uses` names a connector's resource after the `/`. `launchd connectors NAME` lists them.",
        wrong: "uses: jira/ticket",
        right: "uses: jira/issue",
    },
    Code {
        code: "reference/unknown-secret",
        meaning: "a plan asks for a secret that the settings do not have",
        explanation: "A plan names a secret; launchd.yaml says in which environment variable or file its value is. \
                      `validate` tells it, and `diff` shows what asks for the secret as waiting.",
        wrong: "with: { url: { secret: press-hok } }",
        right: "with: { url: { secret: press-hook } }",
    },
    Code {
        code: "reference/unknown-team",
        meaning: "nobody of this name is in a team",
        explanation: "The name is nearly that of a team, a member or a role, and most likely misspelt. Owners who are \
                      in no team at all are told by `lint/unknown-owner`.",
        wrong: "owner: marketing-taem",
        right: "owner: marketing-team",
    },
    Code {
        code: "template/braces",
        meaning: "an expression stands in braces",
        explanation: "`when`, `pass`, `fail` and `expression` are expressions already. In braces they would be texts, \
                      and a text is neither true nor false.",
        wrong: "pass: \"{{ value < 0.01 }}\"",
        right: "pass: value < 0.01",
    },
    Code {
        code: "template/computed-activity",
        meaning: "which activity is meant is only known later",
        explanation: "What a template takes from another activity makes it wait for that one, so the activity has to \
                      be written out.",
        wrong: "url: \"{{ activities[item].url }}\"",
        right: "url: \"{{ activities['post[emea]'].url }}\"",
    },
    Code {
        code: "template/failed",
        meaning: "the template can be read, but fails",
        explanation: "Most often a value has another type than the template expects. The message says which step \
                      failed.",
        wrong: "title: \"{{ launch.title + 1 }}\"",
        right: "title: \"{{ launch.title }} 1\"",
    },
    Code {
        code: "template/syntax",
        meaning: "the template cannot be read",
        explanation: "Templates are written `{{ name }}`, with filters as `{{ name | upper }}`. Most often a brace or \
                      a quote is missing.",
        wrong: "title: \"{{ launch.title }\"",
        right: "title: \"{{ launch.title }}\"",
    },
    Code {
        code: "template/too-much",
        meaning: "the template does too much",
        explanation: "A template may take a bounded number of steps and yield at most 256 KiB of text, so that no file \
                      can stop launchd.",
        wrong: "text: \"{{ range(1000000000) }}\"",
        right: "text: \"{{ range(10) }}\"",
    },
    Code {
        code: "template/unknown-name",
        meaning: "the template uses a name that is not there",
        explanation: "In plan files there are `launch`, `milestone`, `parameters`, `activities`, and `item` under \
                      `for_each`; in a check's expression `value`, `outputs`, `launch` and `activities`.",
        wrong: "subject: \"{{ launch.titel }}\"",
        right: "subject: \"{{ launch.title }}\"",
    },
];

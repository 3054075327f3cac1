//! Codes of the parts of a launch: activities, checks, approvals, fields, and what is known to go wrong.

use super::Code;

pub(super) const CODES: &[Code] = &[
    Code {
        code: "activity/before-embargo",
        meaning: "a public activity is due before it may be public",
        explanation: "What has the effect class `once` cannot be taken back, so it never runs before its embargo, \
                      which is the target date unless `embargo` says otherwise. Move it to a milestone at or after \
                      that, or write the embargo that is meant.",
        wrong: "product_readiness:\n  activities:\n    announce: { uses: mailchimp/campaign, … }",
        right: "launch_day:\n  activities:\n    announce: { uses: mailchimp/campaign, … }",
    },
    Code {
        code: "activity/cannot-end",
        meaning: "the connector cannot end such an object",
        explanation: "`close` and `delete` need a connector that can do them; `launchd connectors NAME` says what \
                      each resource can.",
        wrong: "on_remove: delete",
        right: "on_remove: keep",
    },
    Code {
        code: "activity/embargo-unused",
        meaning: "an embargo stands on something that can be taken back",
        explanation: "Embargoes hold back what is public and irreversible. For everything else `start` says when it \
                      may begin.",
        wrong: "epic: { uses: jira/issue, embargo: T }",
        right: "epic: { uses: jira/issue, start: T-2w }",
    },
    Code {
        code: "activity/for-each",
        meaning: "`for_each` yields no usable list",
        explanation: "It needs a list, of at most 1000 items, each a short lower-case name or a mapping with such a \
                      `name`: the activity's id becomes `post[emea]`.",
        wrong: "for_each: emea",
        right: "for_each: [emea, amer]",
    },
    Code {
        code: "activity/invalid-uses",
        meaning: "`uses` names no resource",
        explanation: "It is written `connector/resource`.",
        wrong: "uses: jira",
        right: "uses: jira/issue",
    },
    Code {
        code: "approval/from-nobody",
        meaning: "nobody can give the approval",
        explanation: "An approval is given by the members of a role or team. Without `from` it is the milestone's \
                      owner, and this one has none.",
        wrong: "approvals: [{ name: go }]",
        right: "approvals: [{ name: go, from: release-managers }]",
    },
    Code {
        code: "approval/too-few-people",
        meaning: "an approval asks for more people than the team has",
        explanation: "As many different people must agree as `count` says. A team with fewer members can never give it.",
        wrong: "# the team has two members\napprovals: [{ name: go, from: atlas-launch, count: 3 }]",
        right: "approvals: [{ name: go, from: atlas-launch, count: 2 }]",
    },
    Code {
        code: "area/channel-twice",
        meaning: "an area lists a channel twice",
        explanation: "A channel is used or not; twice says nothing more.",
        wrong: "marketing: { channels: [social_media, social_media] }",
        right: "marketing: { channels: [social_media] }",
    },
    Code {
        code: "area/negative-target",
        meaning: "an area's target or quota is below zero",
        explanation: "Customers, calls and sign-ups are counted from 0 on.",
        wrong: "sales: { targets: { new_customers: -100 } }",
        right: "sales: { targets: { new_customers: 100 } }",
    },
    Code {
        code: "area/unknown-channel",
        meaning: "a channel is nearly called like a known one",
        explanation: "Channels of your own may have any name. One that differs from a usual name by a letter or two is \
                      most likely misspelt, and would be counted as another channel.",
        wrong: "marketing: { channels: [socail_media] }",
        right: "marketing: { channels: [social_media] }",
    },
    Code {
        code: "budget/allocation",
        meaning: "the shares of the budget do not add up to 100 %",
        explanation: "Shares that the profile has stay unless they are written anew; `0` takes one away.",
        wrong: "allocation: { paid_advertising: 0.9 }",
        right: "allocation: { paid_advertising: 0.9, content_marketing: 0.1, pr_relations: 0 }",
    },
    Code {
        code: "budget/currency-without-total",
        meaning: "a currency is written over another, and the total is not",
        explanation: "The amounts of a profile are meant in its currency. A plan that changes only the currency would \
                      turn 5,000 USD into 5,000 EUR, which nobody has decided. Write the total in the new currency, too.",
        wrong: "# the profile says 5000 USD\nmarketing: { budget: { currency: EUR } }",
        right: "marketing: { budget: { total: 4600, currency: EUR } }",
    },
    Code {
        code: "check/no-verdict",
        meaning: "nothing says which answer is good",
        explanation: "A check with a value needs `pass` or `fail`.",
        wrong: "checks: [{ name: errors, metric: error_rate }]",
        right: "checks: [{ name: errors, metric: error_rate, pass: value < 0.01 }]",
    },
    Code {
        code: "check/not-a-question",
        meaning: "a check or metric uses a resource that changes something",
        explanation: "Checks and metrics are asked again and again, so they use resources of the class `observe` only.",
        wrong: "metrics: { signups: { uses: jira/issue } }",
        right: "metrics: { signups: { uses: http/get, with: { url: … } } }",
    },
    Code {
        code: "check/one-question",
        meaning: "a check asks no question, or several",
        explanation: "It has exactly one of `metric`, `uses`, `http`, `run`, `ask` and `expression`.",
        wrong: "checks: [{ name: up, http: …, ask: Is it up? }]",
        right: "checks: [{ name: up, http: … }]",
    },
    Code {
        code: "check/only-get",
        meaning: "a check's `http` sends something",
        explanation: "A check asks and changes nothing, so `http` reads an address with GET, without a body.",
        wrong: "http: { url: …, method: POST }",
        right: "http: { url: … }",
    },
    Code {
        code: "connector/broken",
        meaning: "the connector has errors of its own",
        explanation: "Nothing can use it until it is mended, so launches that do are held at their last good state.",
        wrong: "",
        right: "",
    },
    Code {
        code: "connector/invalid",
        meaning: "the connector cannot work as it is written",
        explanation: "The message says which request or mapping is missing or contradicts another.",
        wrong: "",
        right: "",
    },
    Code {
        code: "connector/invalid-schema",
        meaning: "the connector's schema of `with` cannot be used",
        explanation: "It is to be a JSON Schema (2020-12) without references to other files.",
        wrong: "",
        right: "",
    },
    Code {
        code: "launch/no-target-date",
        meaning: "the launch does not say when it happens",
        explanation: "Every other date counts from the target date.",
        wrong: "spec:\n  launch_type: new_product",
        right: "spec:\n  launch_type: new_product\n  target_date: 2027-04-01T09:00",
    },
    Code {
        code: "lint/no-dependencies",
        meaning: "no milestone needs another",
        explanation: "Without dependencies a delay of one milestone is not seen in the next. A plan without \
                      coordination is a known way to fail.",
        wrong: "a: { due: T-2w }\nb: { due: T }",
        right: "a: { due: T-2w }\nb: { due: T, needs: [a] }",
    },
    Code {
        code: "lint/no-monitoring",
        meaning: "nothing says what is watched",
        explanation: "A launch that nobody watches goes wrong unnoticed. Name what is watched, or metrics of the \
                      launch.",
        wrong: "monitoring: null",
        right: "monitoring: { metrics: [errors, uptime] }",
    },
    Code {
        code: "lint/no-owner",
        meaning: "nobody answers for a milestone",
        explanation: "A milestone without an owner has nobody to ask when it is late. Add `owner` to it, or to the \
                      launch.",
        wrong: "security_review: { due: T-1w }",
        right: "security_review: { due: T-1w, owner: security-team }",
    },
    Code {
        code: "lint/no-post-launch",
        meaning: "the plan ends on launch day",
        explanation: "Without a part after the launch nobody collects feedback or reviews what happened.",
        wrong: "post_launch_review: { cancelled: true }",
        right: "post_launch_review: { due: T+2w }",
    },
    Code {
        code: "lint/once-without-approval",
        meaning: "something irreversible happens without a sign-off",
        explanation: "What cannot be taken back deserves a second look. Add an approval to its milestone. With \
                      `policy.once_needs_approval` in the settings it is an error, because the activity would wait for \
                      ever.",
        wrong: "launch_day:\n  activities: { announce: { uses: mailchimp/campaign } }",
        right: "launch_day:\n  approvals: [{ name: go_no_go, from: release-managers }]\n  activities: { announce: { uses: mailchimp/campaign } }",
    },
    Code {
        code: "milestone/no-due-date",
        meaning: "a milestone does not say when it should be complete",
        explanation: "Every milestone is dated. A milestone of the profile has a date already; a new one needs its \
                      own.",
        wrong: "security_review: { owner: security-team }",
        right: "security_review: { owner: security-team, due: T-1w }",
    },
    Code {
        code: "support/impossible-target",
        meaning: "a service target is more than all",
        explanation: "Availability is a percentage of the time, so at most 100, or a share of it with its sign, so at \
                      most `100%`; the resolution rate is a share of the requests, so at most 1.",
        wrong: "support: { sla_targets: { standard: { availability: 101, resolution_rate: 95 } } }",
        right: "support: { sla_targets: { standard: { availability: 99.5, resolution_rate: 0.95 } } }",
    },
    Code {
        code: "with/invalid-value",
        meaning: "a field of `with` has a value that does not fit",
        explanation: "The fields are those of the vendor's object; `launchd connectors NAME` describes each.",
        wrong: "with: { priority: urgent }",
        right: "with: { priority: 1 }",
    },
    Code {
        code: "with/missing-field",
        meaning: "a field of `with` is missing",
        explanation: "The object cannot be made without it; `launchd connectors NAME` lists what each resource \
                      needs.",
        wrong: "uses: jira/issue\nwith: { summary: Readiness }",
        right: "uses: jira/issue\nwith: { project: ATL, issue_type: Epic, summary: Readiness }",
    },
    Code {
        code: "with/unknown-field",
        meaning: "the resource has no such field",
        explanation: "A field that the vendor does not know would be silently lost. Most often it is misspelt.",
        wrong: "with: { sumary: Readiness }",
        right: "with: { summary: Readiness }",
    },
];

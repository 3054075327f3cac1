//! Codes of people and money: teams, what a launch takes of them, and budgets.

use super::Code;

pub(super) const CODES: &[Code] = &[
    Code {
        code: "budget/invalid-amount",
        meaning: "an amount that cannot be paid",
        explanation: "Money is exact: an amount is not negative, and no finer than its currency's smallest unit — two \
                      digits for USD, none for JPY.",
        wrong: "budget: { total: 1000.505, currency: USD }",
        right: "budget: { total: 1000.51, currency: USD }",
    },
    Code {
        code: "budget/no-total",
        meaning: "a budget does not say how much money there is",
        explanation: "Shares, commitments and payments are compared with the total; without it none of them can be \
                      judged.",
        wrong: "budget: { allocation: { content_marketing: 100% } }",
        right: "budget: { total: 5000, allocation: { content_marketing: 100% } }",
    },
    Code {
        code: "budget/unallocated-channel",
        meaning: "money is committed or spent on a channel without a share",
        explanation: "What is booked on a channel that has no share of the budget is over its plan from the first \
                      cent. Most often the name is misspelt.",
        wrong: "allocation: { content_marketing: 100% }\nspent: { content: 500 }",
        right: "allocation: { content_marketing: 100% }\nspent: { content_marketing: 500 }",
    },
    Code {
        code: "budget/unknown-currency",
        meaning: "the currency is none of ISO 4217",
        explanation: "The currency decides how finely money is divided, and what it can be added to. Amounts of two \
                      currencies are never added together.",
        wrong: "budget: { total: 5000, currency: EURO }",
        right: "budget: { total: 5000, currency: EUR }",
    },
    Code {
        code: "lint/no-allocation",
        meaning: "nothing says where the money goes",
        explanation: "A budget by channel is what commitments and payments are compared with; without it money is \
                      found to be gone when it is. Write the total and the share of each channel, or leave marketing \
                      out as a whole.",
        wrong: "budget: { total: 5000, currency: USD }",
        right: "budget: { total: 5000, currency: USD, allocation: { email_marketing: 80%, content_marketing: 20% } }",
    },
    Code {
        code: "lint/no-backup",
        meaning: "milestones rest on one person",
        explanation: "People fall ill and go on holiday in the week of the launch. A milestone whose owner is one \
                      person has a `backup` who steps in, its own or the launch's; a team or a role of two or more \
                      people is its own backup. A name that no `kind: Team` knows is not judged: it may be many. It \
                      is said once for a launch.",
        wrong: "# Ana Ruiz is a member of a team\nlaunch_day: { owner: Ana Ruiz }",
        right: "launch_day: { owner: Ana Ruiz, backup: Ben Okoro }",
    },
    Code {
        code: "lint/unknown-owner",
        meaning: "owners whom no team knows",
        explanation: "Where the files have teams, an owner or a backup is a team by its name or title, a member or a \
                      role. Of anybody else launchd knows neither how to reach them nor whether they have the time. \
                      It is said once for a launch; a name that looks misspelt is told where it stands, and files \
                      without any `kind: Team` are not judged.",
        wrong: "launch_day: { owner: agency }",
        right: "kind: Team\nmetadata: { name: agency }\nspec: { title: The agency, capacity: 2 }",
    },
    Code {
        code: "lint/no-messaging",
        meaning: "nothing says what every text is to say",
        explanation: "The value proposition and the key messages keep mails, pages and sales calls to one story. The \
                      profile supplies one; a plan that takes it out has to write its own.",
        wrong: "marketing: { messaging: null }",
        right: "marketing: { messaging: { value_proposition: The planner that every team can share } }",
    },
    Code {
        code: "lint/no-rollback",
        meaning: "something irreversible has no way back",
        explanation: "When the launch is cancelled after something public happened, somebody has to take it back: a \
                      second mail, a correction, a call. `on_cancel` says what is done; `on_cancel: keep` says that \
                      nothing is, on purpose.",
        wrong: "announce: { uses: mailchimp/campaign, with: { … } }",
        right: "announce:\n  uses: mailchimp/campaign\n  with: { … }\n  on_cancel: { run: { title: Tell the customers that it is put off } }",
    },
    Code {
        code: "lint/over-allocated",
        meaning: "launches ask for more people of a team than it has",
        explanation: "Everything that all launches ask of a team is added up week by week and compared with its \
                      capacity. The message names the weeks, the launches that ask, the one that can best give way, \
                      and when there would be room for it. No launch is held for it, even where the settings make it \
                      an error: who gives way is for people to decide.",
        wrong: "# platform-team has a capacity of 5\nresources: { engineering: { people: 7, weeks: 4, team: platform-team } }",
        right: "# platform-team has a capacity of 5\nresources: { engineering: { people: 5, weeks: 6, team: platform-team } }",
    },
    Code {
        code: "lint/over-budget",
        meaning: "more money is committed or spent than planned",
        explanation: "A channel's plan is its share of the total. What is committed is everything promised, paid or \
                      not; what is spent is what is paid. Either beyond the plan is money that nobody agreed to.",
        wrong: "budget: { total: 5000, allocation: { content_marketing: 100% }, spent: { content_marketing: 5600 } }",
        right: "budget: { total: 5600, allocation: { content_marketing: 100% }, spent: { content_marketing: 5600 } }",
    },
    Code {
        code: "lint/target-passed",
        meaning: "the target date has passed",
        explanation: "Most launches whose date has passed happened, and their files stay as a record. A new plan with \
                      such a date has a slip in it: its milestones are all late, and what is public is not caught up \
                      without a person. `lints: { lint/target-passed: off }` in the settings keeps it quiet.",
        wrong: "target_date: 2017-04-01T09:00",
        right: "target_date: 2027-04-01T09:00",
    },
    Code {
        code: "resources/incomplete",
        meaning: "a demand lacks the number of people or of weeks",
        explanation: "How many people for how many weeks is what is compared with a team's capacity. With one of the \
                      two missing the demand is not counted.",
        wrong: "resources: { design: { people: 2 } }",
        right: "resources: { design: { people: 2, weeks: 3 } }",
    },
    Code {
        code: "resources/invalid-figure",
        meaning: "an impossible number of people or weeks",
        explanation: "Both are at least nought, and no larger than any launch ever was. Fractions are allowed: \
                      `people: 0.5` is one person for half of each week.",
        wrong: "engineering: { people: -2, weeks: 4 }",
        right: "engineering: { people: 2, weeks: 4 }",
    },
    Code {
        code: "team/no-capacity",
        meaning: "a team has nobody for launches",
        explanation: "With a capacity of nought whatever a launch asks of the team is too much. Write how many people \
                      can work on launches, or leave `capacity` out: then the members are counted, and a team without \
                      members is not judged at all.",
        wrong: "spec: { capacity: 0 }",
        right: "spec: { capacity: 2 }",
    },
];

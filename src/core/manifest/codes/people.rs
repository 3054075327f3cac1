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
        code: "team/invalid-capacity",
        meaning: "an impossible capacity",
        explanation: "Capacity is how many people can work on launches at the same time: at least nought. The \
                      capacity of a member is a share of a week.",
        wrong: "capacity: -1",
        right: "capacity: 5",
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

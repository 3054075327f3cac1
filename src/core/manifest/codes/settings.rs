//! Codes of `launchd.yaml`, and of the folder of plan files.

use super::Code;

pub(super) const CODES: &[Code] = &[
    Code {
        code: "settings/base-url",
        meaning: "the address of a vendor cannot be used",
        explanation: "Credentials go to this address, so it begins with `https://`. Only an address of this very machine may do without.",
        wrong: "connectors:\n  jira: { base_url: http://example.atlassian.net }",
        right: "connectors:\n  jira: { base_url: https://example.atlassian.net }",
    },
    Code {
        code: "settings/count",
        meaning: "the settings file does not hold exactly one settings document",
        explanation: "One file, one document of `kind: Settings`: two could contradict each other.",
        wrong: "",
        right: "",
    },
    Code {
        code: "settings/secret",
        meaning: "a secret does not say where its value is found, or says it twice",
        explanation: "A secret is a reference: `env` names an environment variable, `file` a file whose whole content is the value. One of them.",
        wrong: "secrets:\n  slack-token: { hosts: [slack.com] }",
        right: "secrets:\n  slack-token: { env: SLACK_TOKEN, hosts: [slack.com] }",
    },
    Code {
        code: "settings/unknown-connector",
        meaning: "settings for a connector that does not exist",
        explanation: "`launchd connectors` lists the connectors there are: the catalog's, and those of your own files. Settings for any other name do nothing.",
        wrong: "connectors:\n  jria: { base_url: https://example.atlassian.net }",
        right: "connectors:\n  jira: { base_url: https://example.atlassian.net }",
    },
    Code {
        code: "settings/unknown-lint",
        meaning: "the weight of a code that does not exist",
        explanation: "`lints` gives warnings another weight by their code, which `validate` shows in brackets. An unknown code changes nothing.",
        wrong: "lints: { lint/no-owners: error }",
        right: "lints: { lint/no-owner: error }",
    },
    Code {
        code: "settings/unknown-secret",
        meaning: "a connector uses a secret that is not among `secrets`",
        explanation: "`{ secret: NAME }` stands for an entry of `secrets`, so that several connectors can share it. Add the entry, or write `{ env: NAME }` in its place.",
        wrong: "auth: { scheme: bearer, token: { secret: slack-token } }",
        right: "auth: { scheme: bearer, token: { env: SLACK_TOKEN } }",
    },
    Code {
        code: "source/empty",
        meaning: "there is no plan file",
        explanation: "The folder of plan files holds no `*.yaml` or `*.yml`. An empty folder never counts as a removal of its launches; still it is seldom what was meant.",
        wrong: "",
        right: "",
    },
    Code {
        code: "source/unreadable",
        meaning: "a plan file cannot be read",
        explanation: "A file that is there and cannot be read says nothing about its launches, so they are held as they are. Reasons are permissions, a size above \
                      4 MiB, and a link that leaves the folder of plan files, which is never followed.",
        wrong: "",
        right: "",
    },
];

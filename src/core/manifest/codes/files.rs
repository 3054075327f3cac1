//! Codes of files and documents by themselves: YAML, envelope, shape, secrets.

use super::Code;

pub(super) const CODES: &[Code] = &[
    Code {
        code: "document/empty-file",
        meaning: "the plan file has no document",
        explanation: "An empty file, or one with comments alone, is what an editor or a copy leaves behind that was interrupted. \
                      It says nothing, so nothing is concluded from it: launches that were in it are held at their last good \
                      revision. To end a launch, delete its file, or its document from a file with others.",
        wrong: "# everything was here a moment ago",
        right: "apiVersion: launchd/v1\nkind: Launch\nmetadata: { name: atlas-2 }\nspec: { launch_type: new_product }",
    },
    Code {
        code: "document/no-kind",
        meaning: "the document does not say what it is",
        explanation: "Every document of launchd begins with `apiVersion: launchd/v1` and `kind`. A file without them is most \
                      likely of another program, such as a compose file or a workflow, and belongs in another folder.",
        wrong: "metadata: { name: atlas-2 }\nspec: { launch_type: new_product }",
        right: "apiVersion: launchd/v1\nkind: Launch\nmetadata: { name: atlas-2 }\nspec: { launch_type: new_product }",
    },
    Code {
        code: "document/not-a-mapping",
        meaning: "the document is no mapping",
        explanation: "A document is a mapping with `apiVersion`, `kind`, `metadata` and `spec`. A list or a plain text cannot say \
                      what it is. Several launches in one file are several documents, with a line `---` between them.",
        wrong: "- kind: Launch\n- kind: Launch",
        right: "kind: Launch\n---\nkind: Launch",
    },
    Code {
        code: "document/unknown-kind",
        meaning: "there is no such kind of document",
        explanation: "The kinds are Launch, Profile, Calendar, Team, Connector and Settings, written with a capital letter.",
        wrong: "kind: Lunch",
        right: "kind: Launch",
    },
    Code {
        code: "document/unknown-version",
        meaning: "this version of the format is not known",
        explanation: "`apiVersion` says how the document is to be read. This launchd reads `launchd/v1`; a file of a later format \
                      needs a later launchd, and is never half understood.",
        wrong: "apiVersion: launchd/v2",
        right: "apiVersion: launchd/v1",
    },
    Code {
        code: "schema/empty-text",
        meaning: "a text is empty where people are to read it",
        explanation: "Plans, reports and pages would show nothing there. Without the field the default is shown.",
        wrong: "title: \"\"",
        right: "title: Atlas 2.0",
    },
    Code {
        code: "schema/mismatch",
        meaning: "the value does not fit its field",
        explanation: "The value has the right form and still cannot be read, for example a number that is too large. The message \
                      says what was expected.",
        wrong: "count: 99999999999999999999",
        right: "count: 2",
    },
    Code {
        code: "schema/missing-field",
        meaning: "a field that must be there is not",
        explanation: "Some fields cannot be guessed: a launch needs its type and its target date, a check its name. Add the field; \
                      the hint shows its form.",
        wrong: "spec:\n  launch_type: new_product",
        right: "spec:\n  launch_type: new_product\n  target_date: 2027-04-01T09:00",
    },
    Code {
        code: "schema/not-allowed",
        meaning: "the value is not one of those allowed here",
        explanation: "The field takes one of a few words. `launchd explain FIELD` lists them with what each means.",
        wrong: "launch_type: new-product",
        right: "launch_type: new_product",
    },
    Code {
        code: "schema/out-of-range",
        meaning: "the number is too small or too large",
        explanation: "The field has limits outside which it makes no sense, such as an approval by no person.",
        wrong: "approvals:\n  - { name: go_no_go, count: 0 }",
        right: "approvals:\n  - { name: go_no_go, count: 2 }",
    },
    Code {
        code: "schema/unknown-field",
        meaning: "there is no such field here",
        explanation: "A field that launchd does not know would be silently without effect, so it is an error. Most often it is \
                      misspelt, or stands one level too high or too low; fields of a vendor's object go under `with`.",
        wrong: "milestones:\n  launch_day:\n    onwer: launch-team",
        right: "milestones:\n  launch_day:\n    owner: launch-team",
    },
    Code {
        code: "schema/wrong-format",
        meaning: "the text is not in the form that its field needs",
        explanation: "Dates are written `2027-03-18`, `2027-03-18T09:00`, `T-2w` or `product_readiness+3d`; durations `10m`, `1h30m` or \
                      `7d`; names with lower-case letters, digits and `-`.",
        wrong: "due: 2 weeks before T",
        right: "due: T-2w",
    },
    Code {
        code: "schema/wrong-name",
        meaning: "the key is no name",
        explanation: "Ids of milestones, activities and the like become part of external keys, labels and commands. They have \
                      lower-case letters, digits, `-` and `_`, begin and end with a letter or digit, and have at most 63 characters.",
        wrong: "milestones:\n  Launch Day: { due: T }",
        right: "milestones:\n  launch_day: { title: Launch Day, due: T }",
    },
    Code {
        code: "schema/wrong-type",
        meaning: "the value is of another type",
        explanation: "A list was expected and text was found, or the like. A list is written `[a, b]` or with a `-` before each item; \
                      a text that looks like a number or like `true` needs quotes.",
        wrong: "needs: product_readiness\nlabels: { tier: 1 }",
        right: "needs: [product_readiness]\nlabels: { tier: \"1\" }",
    },
    Code {
        code: "secret/plain-text",
        meaning: "a credential is written as plain text",
        explanation: "Everybody who can read the repository can read the file, and the history keeps it. Credentials are written as \
                      references: `{ secret: NAME }` in plan files, and where NAME is found in `secrets` of launchd.yaml. Take the value \
                      out and revoke it with the vendor, even if it was never merged.",
        wrong: "with:\n  token: 0123456789abcdef",
        right: "with:\n  token: { secret: vendor-token }",
    },
    Code {
        code: "yaml/alias",
        meaning: "an alias refers to nothing, to itself, or to too much",
        explanation: "`&name` marks a value and `*name` repeats it, in the same document. Aliases that stand for more than a million \
                      values are refused, because a few lines of them can fill any memory.",
        wrong: "owner: *team",
        right: "owner: &team launch-team\nbackup: *team",
    },
    Code {
        code: "yaml/depth",
        meaning: "lists and mappings are nested too deep",
        explanation: "A plan nests about ten deep; more than 64 is a slip, most often brackets that are not closed.",
        wrong: "",
        right: "",
    },
    Code {
        code: "yaml/duplicate-key",
        meaning: "a key is there twice",
        explanation: "One of the two would silently win. Keep one, or merge what stands under them.",
        wrong: "launch_day: { due: T }\nlaunch_day: { owner: launch-team }",
        right: "launch_day: { due: T, owner: launch-team }",
    },
    Code {
        code: "yaml/encoding",
        meaning: "the file is not UTF-8",
        explanation: "Plan files are UTF-8. Editors offer it when saving; a file that is no text at all belongs in another folder.",
        wrong: "",
        right: "",
    },
    Code {
        code: "yaml/key",
        meaning: "the key is no text",
        explanation: "Keys are names. A list or mapping as a key has no meaning here; most often a value begins with `{` or `[` and \
                      needs quotes.",
        wrong: "subject: {{ launch.title }}",
        right: "subject: \"{{ launch.title }}\"",
    },
    Code {
        code: "yaml/size",
        meaning: "the file or one text in it is too large",
        explanation: "A file has at most 4 MiB, a text 1 MiB. Larger ones are no plans: keep texts and pictures in files of their own \
                      and link to them.",
        wrong: "",
        right: "",
    },
    Code {
        code: "yaml/syntax",
        meaning: "the file is no valid YAML",
        explanation: "The message says what the reader stumbled over. The usual slips are indentation that differs by a column, a \
                      `: ` within a text without quotes, and a quote or bracket that is not closed.",
        wrong: "title: Atlas: the second",
        right: "title: \"Atlas: the second\"",
    },
    Code {
        code: "yaml/tab",
        meaning: "a tab indents the line",
        explanation: "YAML is indented with spaces only, because editors do not agree how wide a tab is.",
        wrong: "spec:\n\ttitle: Atlas",
        right: "spec:\n  title: Atlas",
    },
    Code {
        code: "yaml/tag",
        meaning: "a tag has no meaning here",
        explanation: "Tags such as `!env` or `!!python/object` ask the reader to run something. launchd reads text, numbers, lists and \
                      mappings; take the tag out, or put the text in quotes if the `!` belongs to it.",
        wrong: "token: !env TOKEN",
        right: "token: { secret: vendor-token }",
    },
];

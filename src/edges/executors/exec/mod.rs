//! Runs programs: an argument vector, never a shell; only what settings allow.
//!
//! In: a call. Out: what the program answered, secrets scrubbed, nothing of it left running. Imports `core`.
//! Deliberately absent: retries, and any trust in the program — its output is capped, its time is limited.
//!
//! # Every program
//! The environment is empty but for `PATH` and the names that settings allow, the activity's own `env`, and
//! `LAUNCHD_LAUNCH`, `LAUNCHD_ACTIVITY`, `LAUNCHD_KEY`, `LAUNCHD_VERB`, `LAUNCHD_ATTEMPT`, `LAUNCHD_OBJECT_ID`
//! (when known). `LAUNCHD_KEY` is the same each time the same object is meant: a program that passes it on as an
//! idempotency key may be repeated without harm. It starts in the configured root, or in `with.directory` below it.
//!
//! # `exec/command`, `exec/once`, `exec/query`: a plain program
//! Standard input is the request as one JSON document, as below, or exactly `with.stdin` where that is written
//! (a text as it is, anything else as JSON). The exit code is the answer:
//!
//! | exit code | `create`, `update` | as a check |
//! |---|---|---|
//! | 0 | succeeded | value: standard output as JSON, number or text; `true` if it is empty |
//! | 75 (`EX_TEMPFAIL`, sysexits.h) | certainly not done, may be tried again | could not be asked |
//! | 76 (`EX_PROTOCOL`) | it may have happened | could not be asked |
//! | 126, 127 | could not be started: rejected | could not be asked |
//! | other | rejected | value `false`; `outputs.exit_code` tells which |
//! | ended by a signal or the time limit | it may have happened | could not be asked |
//!
//! Standard output may be one JSON document: `{"id", "url", "outputs": {…}, "done": false, "message", "after_seconds"}`,
//! every field optional; `done` defaults to true. As a check `{"value": …, "outputs": {…}}`.
//! With `with.observe` (an argument vector) the object can be looked for: exit 0 found, exit 3 absent, anything else
//! is a failed look-up — exit 1 too, since that is what a crashed script says. Without it the program cannot be
//! looked up, and after a crash in the middle a person is asked.
//!
//! # `exec/plugin`: the plugin protocol
//! The program is called with one more argument, the verb: `observe`, `create`, `update`, `close`, `delete` or `ask`.
//! Standard input is one JSON document:
//!
//! ```json
//! {"version": 1, "verb": "create", "launch": "atlas-2", "activity": "epic", "title": "Epic", "key": "4f…",
//!  "object_id": null, "with": {"summary": "…"}, "changed": [], "attempt": 1, "now": "2027-03-18T08:00:00Z",
//!  "due": null, "owner": null}
//! ```
//!
//! Standard output is one JSON document, with exit code 0:
//! - effects: `{"outcome": "succeeded", "object": {"id", "url", "outputs", "fields", "done"}}`, or
//!   `{"outcome": "rejected" | "retryable" | "in_doubt", "message": "why", "after_seconds": 30}`
//! - `observe`: `{"found": {…object…}}`, `{"absent": true}`, or `{"outcome": "retryable", "message": "why"}`
//! - `ask`: `{"value": …, "outputs": {…}}`, or `{"outcome": "retryable", "message": "why"}`
//!
//! `object.fields` are compared with what they were right after the effect: what differs later is drift.
//! A create must mark its object with the key, so that `observe` finds it by the key when no `object_id` is known.
//! A plugin that ends without such an answer leaves its effect in doubt, and it is observed next.
//! Standard error is for people: its last lines are shown when something goes wrong.

mod allow;
mod answer;
mod executor;
mod limits;
mod process;
mod request;
mod survivors;

pub use crate::core::model::connector::ExecSettings;
pub use executor::ExecExecutor;

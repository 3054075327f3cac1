//! What to do: `plan(desired, observed, now)`.
//!
//! In: a desired launch (or none, when its file is gone), what is observed of it, an instant. Out: a [`Plan`],
//! a value that says for every activity, check and milestone what will be done, why, and what holds it back.
//! Imports `model`, `schedule` and `template`. Deliberately absent: calls, retries of its own, and a clock.

mod value;

pub use value::*;

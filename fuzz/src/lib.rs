//! What any bytes at all are tried on: one module a target. A panic, a hang, or memory without end is a finding.
//!
//! The test suite tries the committed corpus on the same functions, without a fuzzer.

pub mod answers;
pub mod dates;
pub mod ical;
pub mod manifest;
pub mod paths;
pub mod template;

type Target = fn(&[u8]);

/// Every target, by the name of its folder in `fuzz/corpus`.
pub const TARGETS: [(&str, Target); 6] = [
    ("answers", answers::try_on),
    ("dates", dates::try_on),
    ("ical", ical::try_on),
    ("manifest", manifest::try_on),
    ("paths", paths::try_on),
    ("template", template::try_on),
];

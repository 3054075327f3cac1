//! For programs: one JSON document with a version, whose fields only ever grow.

use serde_json::json;

use super::Report;
use crate::core::diagnostic::Severity;

impl Report<'_> {
    /// `{"version":1,"diagnostics":[…],"summary":{…}}`, with paths relative to the folder of plan files.
    pub fn json(&self) -> String {
        let report = json!({
            "version": 1,
            "diagnostics": self.diagnostics,
            "summary": {
                "errors": self.count(Severity::Error),
                "warnings": self.count(Severity::Warning),
                "notes": self.count(Severity::Note),
                "files": self.files(),
            },
        });
        format!("{report:#}\n")
    }
}

//! Why a text is no date and no duration, in the words of those who read dates and durations.

use crate::core::schedule::{Base, WrittenDate, parse_duration, parse_work};

/// What is wrong with a text, and what to write instead, where its field's examples tell what it should be.
pub(super) fn reason(examples: &[String], text: &str) -> Option<(String, Option<String>)> {
    let is_relative = |e: &String| matches!(e.parse(), Ok(WrittenDate::Relative { base: Base::Target, .. }));
    if examples.iter().any(is_relative) {
        if let Some((launch, rest)) = text.split_once('/') {
            let milestone = rest.split(['+', ' ']).next().unwrap_or(rest);
            return Some((
                "a date counts from `T` or from a milestone of the same launch, not of another one".to_owned(),
                Some(format!(
                    "write the date itself, and wait for the other launch with `needs: [{launch}/{milestone}]`"
                )),
            ));
        }
        return text.parse::<WrittenDate>().err().map(|error| (error.to_string(), None));
    }
    if !examples.is_empty() && examples.iter().all(|e| parse_duration(e).is_ok()) {
        return parse_duration(text).err().map(|error| (error.to_string(), None));
    }
    if !examples.is_empty() && examples.iter().all(|e| parse_work(e).is_ok()) {
        return parse_work(text).err().map(|error| (error.to_string(), None));
    }
    None
}

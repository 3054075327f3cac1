//! Why a text is no date and no duration, in the words of those who read dates and durations.

use crate::core::schedule::{Base, Written, WrittenDate, parse_duration, parse_work};

/// What is wrong with a text, and what to write instead, where its field's examples tell what it should be.
pub(super) fn reason(examples: &[String], text: &str) -> Option<(String, Option<String>)> {
    let is_relative = |e: &String| matches!(e.parse(), Ok(WrittenDate::Relative { base: Base::Target, .. }));
    let is_moment = |e: &String| matches!(e.parse(), Ok(WrittenDate::Absolute(Written::Time(_))));
    if examples.iter().any(|e| is_relative(e) || is_moment(e)) {
        if is_date_of_another_custom(text) {
            let hint = "write year, month and day, with `-` between them: `2027-03-18`, or `2027-03-18T09:00`";
            return Some(("it is not written as a date is here".to_owned(), Some(hint.to_owned())));
        }
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

/// `03/02/2027`, `3.2.2027`, `2027/02/03`: numbers alone, and which of them is the month only its writer knows.
fn is_date_of_another_custom(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['/', '.', '-']).collect();
    let is_number = |part: &&str| !part.is_empty() && part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit());
    parts.len() == 3 && parts.iter().all(is_number) && text.parse::<WrittenDate>().is_err()
}

//! Lengths of time as people write them: `10m`, `1h30m`, `7d`, `2w`.

use crate::core::model::work::Work;

/// Why a text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    #[error("it is empty")]
    Empty,
    #[error("a duration cannot be negative")]
    Negative,
    #[error("a number is missing before `{0}`")]
    NoNumber(String),
    #[error("`{0}` has no unit; write `s`, `m`, `h`, `d` or `w` after it")]
    NoUnit(String),
    #[error("`{0}` is not a unit; use `s`, `m`, `h`, `d` or `w`")]
    Unit(String),
    #[error("business days stand alone: `5bd`, not with other units")]
    Mixed,
    #[error("it is longer than 100 years")]
    TooLong,
}

const LONGEST: u64 = 100 * 366 * 86_400;
/// What a calendar without holidays has in 100 years.
const LONGEST_BUSINESS_DAYS: u32 = 100 * 261;

/// Seconds in a duration. A day has 24 hours here and a week 7 days; only dates know about daylight saving.
///
/// # Errors
/// The text is something else, negative, or longer than 100 years.
pub fn parse_duration(text: &str) -> Result<u64, DurationError> {
    let text = text.trim();
    if text.starts_with('-') {
        return Err(DurationError::Negative);
    }
    let mut seconds = 0_u64;
    for (amount, unit) in amounts(text)? {
        let factor = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 86_400,
            "w" => 7 * 86_400,
            other => return Err(DurationError::Unit(other.trim().to_owned())),
        };
        seconds = amount.checked_mul(factor).and_then(|s| seconds.checked_add(s)).ok_or(DurationError::TooLong)?;
    }
    if seconds > LONGEST { Err(DurationError::TooLong) } else { Ok(seconds) }
}

/// How long something takes: a duration, or a number of business days (`5bd`).
///
/// # Errors
/// The text is neither, negative, mixes the two, or is longer than 100 years.
pub fn parse_work(text: &str) -> Result<Work, DurationError> {
    let text = text.trim();
    if text.starts_with('-') {
        return Err(DurationError::Negative);
    }
    let parts = amounts(text)?;
    if !parts.iter().any(|(_, unit)| *unit == "bd") {
        return parse_duration(text).map(Work::Elapsed);
    }
    let [(days, _)] = parts[..] else { return Err(DurationError::Mixed) };
    let days = u32::try_from(days).ok().filter(|d| *d <= LONGEST_BUSINESS_DAYS);
    days.map(Work::BusinessDays).ok_or(DurationError::TooLong)
}

/// The shortest text that [`parse_work`] reads as the same.
pub fn format_work(work: Work) -> String {
    match work {
        Work::Elapsed(seconds) => format_duration(seconds),
        Work::BusinessDays(days) => format!("{days}bd"),
    }
}

/// The pairs of number and unit that a text is made of.
pub(super) fn amounts(text: &str) -> Result<Vec<(u64, &str)>, DurationError> {
    if text.is_empty() {
        return Err(DurationError::Empty);
    }
    let mut found = Vec::with_capacity(2);
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        if number.is_empty() {
            return Err(DurationError::NoNumber(rest.to_owned()));
        }
        let letters = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        if unit.is_empty() {
            return Err(DurationError::NoUnit(number.to_owned()));
        }
        found.push((number.parse().map_err(|_| DurationError::TooLong)?, unit));
        rest = tail;
    }
    Ok(found)
}

/// The shortest text that [`parse_duration`] reads as so many seconds: `90` is `1m30s`.
pub fn format_duration(seconds: u64) -> String {
    if seconds == 0 {
        return "0s".to_owned();
    }
    let mut rest = seconds;
    let mut text = String::new();
    for (unit, length) in [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)] {
        if rest >= length {
            text.push_str(&format!("{}{unit}", rest / length));
            rest %= length;
        }
    }
    text
}

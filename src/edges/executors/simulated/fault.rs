//! What can go wrong, by name, and when it does.

use std::fmt;

use super::Random;
use crate::core::model::name::Name;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    Refused,
    Unavailable,
    RateLimited,
    RateLimitedSilent,
    Rejected,
    LostRequest,
    LostAnswer,
    StoredError,
    Slow,
    LookupFailed,
    SearchLag,
    Drift,
    Vanish,
    Late,
    Flapping,
}

/// Which calls a fault is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Effect,
    Look,
    /// Changes the world by itself, before the look that then sees it.
    World,
    Question,
}

impl FaultKind {
    pub const ALL: [Self; 15] = [
        Self::Refused,
        Self::Unavailable,
        Self::RateLimited,
        Self::RateLimitedSilent,
        Self::Rejected,
        Self::LostRequest,
        Self::LostAnswer,
        Self::StoredError,
        Self::Slow,
        Self::LookupFailed,
        Self::SearchLag,
        Self::Drift,
        Self::Vanish,
        Self::Late,
        Self::Flapping,
    ];

    /// Those that pass by themselves and that launchd must survive without a person, except for opaque resources.
    pub const PASSING: [Self; 10] = [
        Self::Refused,
        Self::Unavailable,
        Self::RateLimited,
        Self::RateLimitedSilent,
        Self::LostRequest,
        Self::LostAnswer,
        Self::StoredError,
        Self::Slow,
        Self::LookupFailed,
        Self::SearchLag,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Unavailable => "unavailable",
            Self::RateLimited => "rate-limited",
            Self::RateLimitedSilent => "rate-limited-silent",
            Self::Rejected => "rejected",
            Self::LostRequest => "lost-request",
            Self::LostAnswer => "lost-answer",
            Self::StoredError => "stored-error",
            Self::Slow => "slow",
            Self::LookupFailed => "lookup-failed",
            Self::SearchLag => "search-lag",
            Self::Drift => "drift",
            Self::Vanish => "vanish",
            Self::Late => "late",
            Self::Flapping => "flapping",
        }
    }

    /// One line for `rehearse --help`.
    pub fn description(self) -> &'static str {
        match self {
            Self::Refused => "the connection is refused: nothing happened",
            Self::Unavailable => "503: nothing happened",
            Self::RateLimited => "429 with Retry-After (=SECONDS, default 120)",
            Self::RateLimitedSilent => "429 without Retry-After",
            Self::Rejected => "the vendor says no to what was sent",
            Self::LostRequest => "no answer, and it did not happen",
            Self::LostAnswer => "no answer, and it did happen",
            Self::StoredError => "500, repeated for the key as long as the vendor remembers it; it did not happen",
            Self::Slow => "it happens after the time limit",
            Self::LookupFailed => "the look-up does not work",
            Self::SearchLag => "a new object cannot be found by search for a while (=SECONDS, default 60)",
            Self::Drift => "somebody else changes the object",
            Self::Vanish => "somebody else deletes the object",
            Self::Late => "the person or vendor takes longer (=DAYS, default 3)",
            Self::Flapping => "the check answers well, badly, well, badly",
        }
    }

    pub(super) fn moment(self) -> Moment {
        match self {
            Self::LookupFailed => Moment::Look,
            Self::Drift | Self::Vanish => Moment::World,
            Self::Flapping => Moment::Question,
            _ => Moment::Effect,
        }
    }
}

/// One entry of a script: `NAME[:SUBJECT][=AMOUNT][@NTH|@FROM..TO|@FROM..]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    /// An activity's id or `MILESTONE.CHECK`; `None`: any.
    pub subject: Option<String>,
    /// Seconds or days, by the kind.
    pub amount: Option<u64>,
    /// The first and last of the subject's calls of that sort that it is about, counted from 1.
    pub first: u64,
    pub last: u64,
}

/// Why a text is no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    #[error("no fault is called `{name}`{}; there are: {}", did_you_mean(.name), names())]
    Unknown { name: String },
    #[error("`{name}` is no activity, check, approval or goal of {launch}")]
    Subject { name: String, launch: Name, hint: String },
    #[error("`{name}` may mean {all}")]
    Several { name: String, all: String },
    #[error("`{0}` says which call as `@2`, `@1..3` or `@2..`, and an amount as `=60`")]
    Number(String),
}

fn names() -> String {
    FaultKind::ALL.map(FaultKind::name).join(", ")
}

fn did_you_mean(name: &str) -> String {
    let near = FaultKind::ALL.iter().map(|k| k.name()).min_by_key(|known| strsim::levenshtein(known, name));
    near.filter(|known| strsim::levenshtein(known, name) <= 3)
        .map(|known| format!("; did you mean `{known}`?"))
        .unwrap_or_default()
}

impl Fault {
    /// The first such call of the subject goes wrong; look-ups and questions count apart from effects.
    pub fn once(kind: FaultKind, subject: &str) -> Self {
        Self { kind, subject: Some(subject.to_owned()), amount: None, first: 1, last: 1 }
    }

    /// Reads `lost-answer:announce`, `refused:*@1..3`, `late:sign_off=5`.
    ///
    /// # Errors
    /// No such fault, or a number that is none.
    pub fn parse(text: &str) -> Result<Self, FaultError> {
        let bad = || FaultError::Number(text.to_owned());
        let number = |n: &str| n.parse::<u64>().map_err(|_| bad());
        let (rest, when) = text.split_once('@').map_or((text, None), |(r, w)| (r, Some(w)));
        let (rest, amount) = match rest.split_once('=') {
            Some((r, a)) => (r, Some(number(a)?)),
            None => (rest, None),
        };
        let (name, subject) = rest.split_once(':').map_or((rest, None), |(n, s)| (n, Some(s)));
        let kind = FaultKind::ALL.into_iter().find(|k| k.name() == name.trim());
        let kind = kind.ok_or_else(|| FaultError::Unknown { name: name.trim().to_owned() })?;
        let (first, last) = match when.map(|w| w.split_once("..").unwrap_or((w, w))) {
            None if kind == FaultKind::Flapping => (1, 6),
            None => (1, 1),
            Some((from, "")) => (number(from)?, u64::MAX),
            Some((from, to)) => (number(from)?, number(to)?),
        };
        if first == 0 || last < first {
            return Err(bad());
        }
        let subject = subject.map(str::trim).filter(|s| !s.is_empty() && *s != "*").map(str::to_owned);
        Ok(Self { kind, subject, amount, first, last })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.name(), self.subject.as_deref().unwrap_or("*"))?;
        if let Some(amount) = self.amount {
            write!(f, "={amount}")?;
        }
        match (self.first, self.last) {
            (first, u64::MAX) => write!(f, "@{first}.."),
            (first, last) if first == last => write!(f, "@{first}"),
            (first, last) => write!(f, "@{first}..{last}"),
        }
    }
}

/// All that goes wrong in one run: by script, and by chance.
#[derive(Debug, Clone)]
pub struct Script {
    faults: Vec<Fault>,
    random: Random,
    /// In so many of a hundred calls.
    percent: u64,
    kinds: Vec<FaultKind>,
    /// Chance ends after so many calls, so that a fixed point is reached.
    calls: u64,
}

impl Script {
    /// Only what is written.
    pub fn new(faults: Vec<Fault>) -> Self {
        Self { faults, random: Random::new(0), percent: 0, kinds: Vec::new(), calls: 0 }
    }

    /// By chance too: one of `kinds` in `percent` of the first `calls` calls.
    #[must_use]
    pub fn by_chance(mut self, seed: u64, percent: u64, kinds: &[FaultKind], calls: u64) -> Self {
        (self.random, self.percent, self.kinds, self.calls) = (Random::new(seed), percent, kinds.to_vec(), calls);
        self
    }

    /// What goes wrong with the subject's `nth` call of this sort.
    pub(super) fn next(&mut self, moment: Moment, subject: &str, nth: u64) -> Option<Fault> {
        let fits = |f: &&Fault| {
            f.kind.moment() == moment
                && f.subject.as_deref().is_none_or(|s| s == subject)
                && (f.first..=f.last).contains(&nth)
        };
        if let Some(fault) = self.faults.iter().find(fits) {
            return Some(fault.clone());
        }
        if self.calls == 0 {
            return None;
        }
        self.calls -= 1;
        let kinds: Vec<_> = self.kinds.iter().filter(|k| k.moment() == moment).copied().collect();
        if !self.random.chance(self.percent) {
            return None;
        }
        self.random.pick(&kinds).map(|kind| Fault { first: nth, last: nth, ..Fault::once(*kind, subject) })
    }

    /// By how many days a person is late with it.
    pub(super) fn late_days(&self, subject: &str) -> Option<i64> {
        let late = |f: &&Fault| f.kind == FaultKind::Late && f.subject.as_deref().is_none_or(|s| s == subject);
        self.faults.iter().find(late).map(|f| i64::try_from(f.amount.unwrap_or(3)).unwrap_or(i64::MAX).min(3650))
    }
}

impl Default for Script {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_reads_back_as_it_is_shown() {
        for (text, shown) in [
            ("lost-answer:announce", "lost-answer:announce@1"),
            ("refused", "refused:*@1"),
            ("refused:*@1..3", "refused:*@1..3"),
            ("rate-limited:post[emea]=60@2..", "rate-limited:post[emea]=60@2.."),
            ("late:launch_day.sign_off=5", "late:launch_day.sign_off=5@1"),
        ] {
            let fault = Fault::parse(text).unwrap();
            assert_eq!(fault.to_string(), shown);
            assert_eq!(Fault::parse(shown).unwrap(), fault);
        }
    }

    #[test]
    fn a_misspelt_fault_is_answered_with_the_nearest_name() {
        let error = Fault::parse("lost-anser:x").unwrap_err().to_string();
        assert!(error.contains("did you mean `lost-answer`?"), "{error}");
        for bad in ["refused@", "refused@0", "refused@3..1", "late=x", "refused@a..b"] {
            assert!(matches!(Fault::parse(bad), Err(FaultError::Number(_))), "{bad}");
        }
    }
}

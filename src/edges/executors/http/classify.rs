//! What an answer means: the rules of HTTP, and what the connector says of its vendor.

use super::{
    answer::Answer,
    template::{self, Names},
};
use crate::{
    core::model::{
        Timestamp,
        connector::http::{Errors, FailureClass},
        outcome::{Failure, Outcome},
    },
    edges::executors::secrets::Scrubber,
};

/// Why an exchange gave no usable answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trouble {
    pub class: FailureClass,
    pub failure: Failure,
    pub after_seconds: Option<u64>,
}

impl Trouble {
    pub fn new(class: FailureClass, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { class, failure: Failure::new(summary, detail), after_seconds: None }
    }

    pub fn rejected(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(FailureClass::Rejected, summary, detail)
    }

    pub fn retryable(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(FailureClass::Retryable, summary, detail)
    }

    pub fn in_doubt(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(FailureClass::InDoubt, summary, detail)
    }

    #[must_use]
    pub fn after(mut self, seconds: Option<u64>) -> Self {
        self.after_seconds = seconds;
        self
    }

    #[must_use]
    pub fn request(mut self, request: &str) -> Self {
        self.failure.request = Some(request.to_owned());
        self
    }

    /// As the end of an effect. What only a look-up can say is a refusal here.
    pub fn into_outcome(self) -> Outcome {
        match self.class {
            FailureClass::Retryable => Outcome::Retryable { failure: self.failure, after_seconds: self.after_seconds },
            FailureClass::InDoubt => Outcome::InDoubt { failure: self.failure },
            FailureClass::Rejected | FailureClass::Exists | FailureClass::Absent | FailureClass::Unobservable => {
                Outcome::Rejected { failure: self.failure }
            }
        }
    }
}

/// What is known of the request that was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Nature {
    /// It may change something.
    pub effect: bool,
    /// Sending it twice does what sending it once does.
    pub repeatable: bool,
}

/// What an answer is judged by.
#[derive(Clone, Copy)]
pub(super) struct Judge<'a> {
    pub vendor: &'a str,
    pub errors: &'a Errors,
    pub expect: &'a [u16],
    pub nature: Nature,
    pub scrubber: &'a Scrubber,
    pub now: Timestamp,
}

impl Judge<'_> {
    /// Tells what is wrong with an answer; `None` if nothing is.
    pub fn trouble(&self, answer: &Answer, names: &Names) -> Option<Trouble> {
        let (errors, nature, status) = (self.errors, self.nature, answer.status);
        let good = if self.expect.is_empty() { (200..300).contains(&status) } else { self.expect.contains(&status) };
        let seen = with_answer(names, answer);
        let embedded = errors.when.as_ref().is_some_and(|e| template::is_true(e, &seen).unwrap_or(false));
        if good && !embedded {
            return None;
        }
        // The body of a refusal can be anything; an expression that fails on it tells nothing.
        let text = |e: &Option<_>, names: &Names| e.as_ref().and_then(|e| template::text(e, names).ok().flatten());
        let code = text(&errors.code, &seen);
        let retry_after = answer
            .retry_after(self.now)
            .or_else(|| text(&errors.retry_after, &seen)?.parse::<f64>().ok().map(whole_seconds));
        let class = code
            .as_ref()
            .and_then(|c| errors.codes.get(c))
            .or_else(|| errors.statuses.get(&status.to_string()))
            .copied()
            .unwrap_or_else(|| by_status(status, good, nature, retry_after.is_some()));
        let class = match class {
            // Nothing can be in doubt about a question.
            FailureClass::InDoubt if !nature.effect => FailureClass::Retryable,
            other => other,
        };
        // What people read is taken from an answer without secrets: cut or changed first, they would not be recognised.
        let clean = answer.scrubbed(self.scrubber);
        let shown = with_answer(names, &clean);
        let said = text(&errors.message, &shown).unwrap_or_else(|| excerpt(&clean));
        let said = self.scrubber.text(&said);
        let detail = match text(&errors.code, &shown) {
            Some(code) if !said.contains(code.as_str()) => format!("{said} ({code})"),
            _ => said,
        };
        let mut trouble = Trouble::new(class, summary(self.vendor, &clean, good, class), shorten(&detail, 300));
        if matches!(status, 401 | 403) {
            trouble.failure.detail +=
                "; check this connector's `credentials` in launchd.yaml, and that its account has the permissions";
        }
        trouble.failure.status = Some(i64::from(status));
        Some(trouble.after(retry_after))
    }
}

/// The names of a template and those of an answer.
pub(super) fn with_answer(names: &Names, answer: &Answer) -> Names {
    names.clone().with("body", &answer.body).with("status", &answer.status).with("headers", &answer.headers_value())
}

fn whole_seconds(seconds: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a range that fits")]
    let whole = seconds.ceil().clamp(0.0, 86_400.0 * 365.0) as u64;
    whole
}

fn by_status(status: u16, good: bool, nature: Nature, has_retry_after: bool) -> FailureClass {
    match status {
        _ if good => FailureClass::Rejected,
        408 | 425 | 429 => FailureClass::Retryable,
        // "See other" is what a server says after it did it (RFC 9110 §15.4.4).
        303 if nature.effect => FailureClass::InDoubt,
        501 | 505 => FailureClass::Rejected,
        503 if has_retry_after => FailureClass::Retryable,
        500.. => {
            if nature.effect && !nature.repeatable {
                FailureClass::InDoubt
            } else {
                FailureClass::Retryable
            }
        }
        // A success of another kind than the connector knows: it may well have happened.
        200..=299 if nature.effect => FailureClass::InDoubt,
        _ => FailureClass::Rejected,
    }
}

fn summary(vendor: &str, answer: &Answer, good: bool, class: FailureClass) -> String {
    let status = answer.status;
    match status {
        401 => format!("{vendor} does not accept the credentials (401)"),
        403 => format!("{vendor} forbids it (403)"),
        404 | 410 => format!("{vendor} has no such thing ({status})"),
        429 => format!("{vendor} asks for fewer requests (429)"),
        300..=399 => match answer.header("location").and_then(host_of) {
            Some(host) => format!("{vendor} redirects to {host}, and that is not followed ({status})"),
            None => format!("{vendor} redirects, and that is not followed ({status})"),
        },
        500.. => format!("{vendor} has a fault of its own ({status})"),
        _ if good && class == FailureClass::Retryable => format!("{vendor} asks to come back later"),
        _ if good => format!("{vendor} refused it"),
        _ => format!("{vendor} refused it ({status})"),
    }
}

/// Only the host: the rest of a location can hold anything.
fn host_of(location: &str) -> Option<String> {
    url::Url::parse(location).ok()?.host_str().map(str::to_owned)
}

/// The beginning of a body that no expression could read.
fn excerpt(answer: &Answer) -> String {
    match &answer.body {
        serde_json::Value::Null => "without a word".into(),
        serde_json::Value::String(text) => shorten(text, 200),
        other => shorten(&other.to_string(), 200),
    }
}

/// At most `limit` characters on one line, without control characters.
pub(super) fn shorten(text: &str, limit: usize) -> String {
    let clean = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut short: String = clean.take(limit + 1).collect();
    if short.chars().count() > limit {
        short = short.chars().take(limit - 1).collect();
        short.push('…');
    }
    short.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::core::model::connector::http::Expression;

    const SECRET: &str = "Canary-0123456789";
    const EFFECT: Nature = Nature { effect: true, repeatable: false };
    const PUT: Nature = Nature { effect: true, repeatable: true };
    const QUESTION: Nature = Nature { effect: false, repeatable: true };

    fn class(status: u16, headers: &[(&'static str, &'static str)], nature: Nature) -> Option<FailureClass> {
        class_with(&Errors::default(), status, headers, b"{}", nature)
    }

    fn class_with(
        errors: &Errors,
        status: u16,
        headers: &[(&'static str, &'static str)],
        body: &[u8],
        nature: Nature,
    ) -> Option<FailureClass> {
        let headers = headers.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect();
        let answer = Answer::new(status, headers, body);
        judged(errors, nature, &answer).map(|t| t.class)
    }

    fn judged(errors: &Errors, nature: Nature, answer: &Answer) -> Option<Trouble> {
        let now = "2027-01-01T00:00:00Z".parse().unwrap();
        let mut scrubber = Scrubber::new();
        scrubber.add("token", &SECRET.into());
        let judge = Judge { vendor: "Example", errors, expect: &[], nature, scrubber: &scrubber, now };
        judge.trouble(answer, &Names::default())
    }

    #[test]
    fn a_status_means_what_rfc_9110_says() {
        use FailureClass::{InDoubt, Rejected, Retryable};
        for status in [200, 201, 204] {
            assert_eq!(class(status, &[], EFFECT), None);
        }
        for status in [400, 401, 403, 404, 409, 422, 301, 302, 307, 308, 501] {
            assert_eq!(class(status, &[], EFFECT), Some(Rejected), "{status}");
        }
        for status in [408, 425, 429] {
            assert_eq!(class(status, &[], EFFECT), Some(Retryable), "{status}");
        }
        for status in [500, 502, 503, 504] {
            assert_eq!(class(status, &[], EFFECT), Some(InDoubt), "{status}");
            assert_eq!(class(status, &[], PUT), Some(Retryable), "{status}");
            assert_eq!(class(status, &[], QUESTION), Some(Retryable), "{status}");
        }
        assert_eq!(class(503, &[("retry-after", "5")], EFFECT), Some(Retryable));
        assert_eq!(class(303, &[("location", "/x")], EFFECT), Some(InDoubt));
    }

    #[test]
    fn an_error_inside_a_200_is_judged_by_its_code() {
        let errors = Errors {
            when: Some(Expression("not body.ok".into())),
            code: Some(Expression("body.error".into())),
            codes: [("ratelimited".into(), FailureClass::Retryable), ("fatal_error".into(), FailureClass::InDoubt)]
                .into(),
            ..Errors::default()
        };
        assert_eq!(class_with(&errors, 200, &[], br#"{"ok":true}"#, EFFECT), None);
        let at = |body: &[u8], nature| class_with(&errors, 200, &[], body, nature).unwrap();
        assert_eq!(at(br#"{"ok":false,"error":"channel_not_found"}"#, EFFECT), FailureClass::Rejected);
        assert_eq!(at(br#"{"ok":false,"error":"ratelimited"}"#, EFFECT), FailureClass::Retryable);
        assert_eq!(at(br#"{"ok":false,"error":"fatal_error"}"#, EFFECT), FailureClass::InDoubt);
        assert_eq!(at(br#"{"ok":false,"error":"fatal_error"}"#, QUESTION), FailureClass::Retryable);
        assert_eq!(at(b"<html>proxy</html>", EFFECT), FailureClass::Rejected, "a good status with another body");
    }

    #[test]
    fn a_refusal_tells_what_the_vendor_said_and_what_to_do() {
        let errors = Errors { message: Some(Expression("body.detail".into())), ..Errors::default() };
        let answer =
            Answer::new(401, reqwest::header::HeaderMap::new(), json!({"detail": "bad\nkey"}).to_string().as_bytes());
        let t = judged(&errors, EFFECT, &answer).unwrap();
        assert_eq!(t.failure.summary, "Example does not accept the credentials (401)");
        assert!(t.failure.detail.starts_with("bad key; check this connector's `credentials`"), "{}", t.failure.detail);
        assert_eq!(t.failure.status, Some(401));
        assert_eq!(shorten(&"x".repeat(1000), 300).chars().count(), 300);
    }

    #[test]
    fn a_secret_at_the_edge_of_what_is_shown_is_not_cut_in_two() {
        for before in 180..310 {
            let body = format!("{}{SECRET} and more", "x".repeat(before));
            let answer = Answer::new(400, reqwest::header::HeaderMap::new(), body.as_bytes());
            let detail = judged(&Errors::default(), EFFECT, &answer).unwrap().failure.detail;
            assert!(!detail.contains("Canary"), "{before}: {detail}");
        }
        let headers = [("location".parse().unwrap(), format!("https://{SECRET}.example.net/").parse().unwrap())];
        let answer = Answer::new(302, headers.into_iter().collect(), b"");
        let summary = judged(&Errors::default(), EFFECT, &answer).unwrap().failure.summary;
        assert!(!summary.to_lowercase().contains("canary"), "hosts are lower-cased: {summary}");
    }
}

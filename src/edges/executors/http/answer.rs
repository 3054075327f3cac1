//! A vendor's answer, read as far as the limit allows.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Map, Value};

use crate::{core::model::Timestamp, edges::executors::secrets::Scrubber};

/// An answer that arrived whole.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    /// JSON where it is JSON, else a text; null where there is none.
    pub body: Value,
}

impl Answer {
    pub fn new(status: u16, headers: HeaderMap, bytes: &[u8]) -> Self {
        let body = match serde_json::from_slice(bytes) {
            Ok(value) => value,
            Err(_) if bytes.is_empty() => Value::Null,
            Err(_) => Value::String(String::from_utf8_lossy(bytes).into_owned()),
        };
        Self { status, headers, body }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Headers as expressions see them: lower-case, `-` as `_`, the first of several.
    pub fn headers_value(&self) -> Value {
        let mut map = Map::new();
        for (name, value) in &self.headers {
            if let Ok(text) = value.to_str() {
                map.entry(name.as_str().replace('-', "_")).or_insert_with(|| Value::String(text.to_owned()));
            }
        }
        Value::Object(map)
    }

    /// The same without secrets: for what people are shown of it.
    pub fn scrubbed(&self, scrubber: &Scrubber) -> Self {
        let clean = |value: &HeaderValue| {
            let text = scrubber.text(&String::from_utf8_lossy(value.as_bytes()));
            HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
        };
        Self {
            status: self.status,
            headers: self.headers.iter().map(|(name, value)| (name.clone(), clean(value))).collect(),
            body: scrubber.value(&self.body),
        }
    }

    /// The Retry-After header in seconds (RFC 9110 §10.2.3); a date is taken against the answer's own Date.
    pub fn retry_after(&self, now: Timestamp) -> Option<u64> {
        let text = self.header("retry-after")?.trim();
        if let Ok(seconds) = text.parse::<u64>() {
            return Some(seconds);
        }
        let at = http_date(text)?;
        let from = self.header("date").and_then(http_date).unwrap_or(now);
        Some((at - from).to_std().map_or(0, |d: Duration| d.as_secs()))
    }
}

/// An IMF-fixdate (RFC 9110 §5.6.7).
pub(super) fn http_date(text: &str) -> Option<Timestamp> {
    let text = text.trim().strip_suffix("GMT")?;
    chrono::NaiveDateTime::parse_from_str(text.trim(), "%a, %d %b %Y %H:%M:%S").ok().map(|t| t.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[(&'static str, &'static str)]) -> Answer {
        let headers = headers.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect();
        Answer::new(429, headers, b"{}")
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_nonsense_is_nothing() {
        let now = "2027-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(answer(&[("retry-after", "120")]).retry_after(now), Some(120));
        assert_eq!(answer(&[("retry-after", "Fri, 01 Jan 2027 00:01:00 GMT")]).retry_after(now), Some(60));
        let dated =
            answer(&[("retry-after", "Fri, 01 Jan 2027 00:01:00 GMT"), ("date", "Fri, 01 Jan 2027 00:00:50 GMT")]);
        assert_eq!(dated.retry_after(now), Some(10), "a vendor's clock is compared with itself");
        assert_eq!(answer(&[("retry-after", "Thu, 31 Dec 2026 00:00:00 GMT")]).retry_after(now), Some(0));
        for nonsense in ["soon", "-1", "1e99", ""] {
            assert_eq!(answer(&[("retry-after", nonsense)]).retry_after(now), None, "{nonsense}");
        }
        assert_eq!(answer(&[]).retry_after(now), None);
    }
}

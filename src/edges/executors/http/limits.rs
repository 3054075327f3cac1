//! How much may be asked of one host: requests in flight, and pauses that its answers ask for. All of it can be shown.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::answer::Answer;
use crate::core::model::{
    Timestamp,
    connector::{
        Rate,
        http::{RateLimit, Reset, ResetUnit},
    },
};

/// Requests in flight to one host at once, where nobody says otherwise.
const CONCURRENCY: usize = 8;
/// A vendor that asks for more is asked again after it.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// The pace of one host, for metrics and `doctor`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPace {
    /// `https://api.example.com`.
    pub origin: String,
    pub in_flight: usize,
    pub concurrency: usize,
    /// What its last answer said is left, where it says so.
    pub remaining: Option<u64>,
    /// Nothing is sent for so long.
    pub paused_for: Option<Duration>,
}

/// All hosts.
#[derive(Default)]
pub(super) struct Limits(Mutex<BTreeMap<String, Arc<Host>>>);

struct Host {
    concurrency: usize,
    permits: Arc<Semaphore>,
    pace: Mutex<Pace>,
}

#[derive(Default)]
struct Pace {
    paused_until: Option<Instant>,
    remaining: Option<u64>,
    /// When the next request would go, if all went evenly.
    even: Option<Instant>,
}

/// What settings and the connector say of a host's pace.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pacing {
    pub concurrency: Option<u32>,
    pub rate: Option<Rate>,
}

/// A host that nothing is sent to now; come back after so long.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Busy(pub Option<u64>);

impl Limits {
    fn host(&self, origin: &str, concurrency: Option<u32>) -> Arc<Host> {
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let made = || {
            let concurrency = concurrency.map_or(CONCURRENCY, |c| (c as usize).clamp(1, 1000));
            Arc::new(Host { concurrency, permits: Arc::new(Semaphore::new(concurrency)), pace: Mutex::default() })
        };
        hosts.entry(origin.to_owned()).or_insert_with(made).clone()
    }

    /// Waits for a turn; a pause that takes more than half of the time left is not waited for.
    ///
    /// # Errors
    /// There is no turn before `deadline`.
    ///
    /// # Cancellation
    /// Dropping the future gives up the turn.
    pub async fn enter(&self, origin: &str, pacing: Pacing, deadline: Instant) -> Result<OwnedSemaphorePermit, Busy> {
        let host = self.host(origin, pacing.concurrency);
        loop {
            let turn = tokio::time::timeout_at(deadline, host.permits.clone().acquire_owned()).await;
            let Ok(Ok(permit)) = turn else { return Err(Busy(None)) };
            let now = Instant::now();
            let Some(until) = host.paused_until(now).or_else(|| host.take_turn(pacing.rate, now)) else {
                return Ok(permit);
            };
            if until - now > deadline.saturating_duration_since(now) / 2 {
                return Err(Busy(Some((until - now).as_secs() + 1)));
            }
            drop(permit);
            tokio::time::sleep_until(until).await;
        }
    }

    /// Takes in what an answer says about the pace.
    pub fn learn(&self, origin: &str, limit: &RateLimit, answer: &Answer, now: Timestamp) {
        let host = self.host(origin, limit.concurrency);
        let remaining = limit.remaining.as_ref().and_then(|name| answer.header(name)?.trim().parse::<u64>().ok());
        let mut pause = None;
        if remaining == Some(0) {
            pause = limit.reset.as_ref().and_then(|reset| until_reset(reset, answer, now));
        }
        if matches!(answer.status, 429 | 503) {
            pause = pause.max(answer.retry_after(now).map(Duration::from_secs));
        }
        let mut pace = host.pace.lock().unwrap_or_else(PoisonError::into_inner);
        pace.remaining = remaining.or(pace.remaining);
        if let Some(pause) = pause {
            let until = Instant::now() + pause.min(LONGEST_PAUSE);
            pace.paused_until = Some(pace.paused_until.map_or(until, |u| u.max(until)));
        }
    }

    pub fn snapshot(&self) -> Vec<HostPace> {
        let hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let shown = hosts.iter().map(|(origin, host)| {
            let remaining = host.pace.lock().unwrap_or_else(PoisonError::into_inner).remaining;
            HostPace {
                origin: origin.clone(),
                in_flight: host.concurrency - host.permits.available_permits(),
                concurrency: host.concurrency,
                remaining,
                paused_for: host.paused_until(now).map(|until| until - now),
            }
        });
        shown.collect()
    }
}

impl Host {
    fn paused_until(&self, now: Instant) -> Option<Instant> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner).paused_until.filter(|until| *until > now)
    }
}

impl Host {
    /// Counts one request, or says when there is room for it.
    fn take_turn(&self, rate: Option<Rate>, now: Instant) -> Option<Instant> {
        let rate = rate?;
        let interval = Duration::from_micros(rate.interval_micros);
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        let even = pace.even.map_or(now, |e| e.max(now));
        let ahead = interval.saturating_mul(rate.burst.saturating_sub(1));
        if even > now + ahead {
            return Some(even - ahead);
        }
        pace.even = Some(even + interval);
        None
    }
}

fn until_reset(reset: &Reset, answer: &Answer, now: Timestamp) -> Option<Duration> {
    let text = answer.header(&reset.header)?.trim();
    let at = |at: Timestamp| (at - now).to_std().unwrap_or_default();
    match reset.unit {
        ResetUnit::Seconds => Duration::try_from_secs_f64(text.parse().ok()?).ok(),
        ResetUnit::EpochSeconds => Some(at(Timestamp::from_timestamp(text.parse().ok()?, 0)?)),
        ResetUnit::EpochMilliseconds => Some(at(Timestamp::from_timestamp_millis(text.parse().ok()?)?)),
        ResetUnit::Rfc3339 => Some(at(chrono::DateTime::parse_from_rfc3339(text).ok()?.to_utc())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://api.example.com";
    const ONE: Pacing = Pacing { concurrency: Some(1), rate: None };

    fn answer(status: u16, headers: &[(&'static str, &'static str)]) -> Answer {
        let headers = headers.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect();
        Answer::new(status, headers, b"")
    }

    fn limit(unit: ResetUnit) -> RateLimit {
        RateLimit {
            remaining: Some("x-left".into()),
            reset: Some(Reset { header: "x-reset".into(), unit }),
            concurrency: Some(1),
        }
    }

    fn now() -> Timestamp {
        "2027-01-01T00:00:00Z".parse().unwrap()
    }

    #[tokio::test]
    async fn an_empty_budget_pauses_its_host_until_it_is_full_again() {
        for (unit, reset) in [
            (ResetUnit::Seconds, "600"),
            (ResetUnit::EpochSeconds, "1798762200"),
            (ResetUnit::EpochMilliseconds, "1798762200000"),
            (ResetUnit::Rfc3339, "2027-01-01T00:10:00Z"),
        ] {
            let limits = Limits::default();
            limits.learn(ORIGIN, &limit(unit), &answer(200, &[("x-left", "1"), ("x-reset", reset)]), now());
            let soon = Instant::now() + Duration::from_secs(10);
            assert!(limits.enter(ORIGIN, ONE, soon).await.is_ok(), "one is left");
            limits.learn(ORIGIN, &limit(unit), &answer(200, &[("x-left", "0"), ("x-reset", reset)]), now());
            let Err(Busy(Some(after))) = limits.enter(ORIGIN, ONE, soon).await else { panic!("{unit:?}") };
            assert!((598..=601).contains(&after), "{unit:?}: {after}");
            assert!(
                limits.enter("https://other.example.com", Pacing::default(), soon).await.is_ok(),
                "another host goes on"
            );
            let shown = limits.snapshot();
            assert_eq!(shown[0].remaining, Some(0));
            assert!(shown[0].paused_for.is_some() && shown[1].paused_for.is_none());
        }
    }

    #[tokio::test]
    async fn retry_after_pauses_the_host_and_nonsense_does_not() {
        let limits = Limits::default();
        let soon = Instant::now() + Duration::from_secs(1);
        limits.learn(ORIGIN, &limit(ResetUnit::Seconds), &answer(429, &[("retry-after", "junk")]), now());
        limits.learn(ORIGIN, &limit(ResetUnit::Seconds), &answer(200, &[("x-left", "0"), ("x-reset", "-7")]), now());
        assert!(limits.enter(ORIGIN, Pacing::default(), soon).await.is_ok());
        limits.learn(ORIGIN, &limit(ResetUnit::Seconds), &answer(429, &[("retry-after", "99999999999")]), now());
        let Err(Busy(Some(after))) = limits.enter(ORIGIN, Pacing::default(), soon).await else { panic!() };
        assert!(after <= 3601, "asked again within an hour");
    }

    #[tokio::test]
    async fn no_more_than_the_allowed_number_is_in_flight() {
        let limits = Limits::default();
        let soon = Instant::now() + Duration::from_millis(20);
        let turn = limits.enter(ORIGIN, ONE, soon).await.unwrap();
        assert_eq!(limits.snapshot()[0].in_flight, 1);
        assert_eq!(limits.enter(ORIGIN, ONE, soon).await.unwrap_err(), Busy(None));
        drop(turn);
        assert!(limits.enter(ORIGIN, ONE, Instant::now() + Duration::from_secs(1)).await.is_ok());
    }

    #[test]
    fn requests_follow_each_other_no_faster_than_settings_say() {
        let host = Limits::default().host(ORIGIN, None);
        let rate = Some(Rate { interval_micros: 500_000, burst: 2 });
        let begin = Instant::now();
        let after = |millis| begin + Duration::from_millis(millis);
        assert_eq!(host.take_turn(rate, begin), None);
        assert_eq!(host.take_turn(rate, begin), None, "two at once");
        assert_eq!(host.take_turn(rate, begin), Some(after(500)));
        assert_eq!(host.take_turn(rate, after(499)), Some(after(500)));
        assert_eq!(host.take_turn(rate, after(500)), None);
        assert_eq!(host.take_turn(rate, after(500)), Some(after(1000)));
        assert_eq!(host.take_turn(rate, after(9000)), None);
        assert_eq!(host.take_turn(rate, after(9000)), None, "a long pause saves up one burst");
        assert_eq!(host.take_turn(rate, after(9000)), Some(after(9500)));
        assert_eq!(host.take_turn(None, after(9000)), None);
    }

    #[tokio::test]
    async fn a_turn_that_comes_too_late_is_not_waited_for() {
        let limits = Limits::default();
        let pacing = Pacing { rate: Some(Rate { interval_micros: 60_000_000, burst: 1 }), ..Pacing::default() };
        let soon = Instant::now() + Duration::from_secs(10);
        assert!(limits.enter(ORIGIN, pacing, soon).await.is_ok());
        let Err(Busy(Some(after))) = limits.enter(ORIGIN, pacing, soon).await else { panic!() };
        assert!((59..=61).contains(&after), "{after}");
    }
}

//! The rules of ownership, the same for every store: values in, values out.

use std::time::Duration;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::core::model::Timestamp;

use super::{Holder, Lease, StoreError, StoreResult};

/// Who owns the store, or owned it last.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ownership {
    /// Of the newest lease ever given; 0 before the first.
    pub epoch: u64,
    /// `None` after it was given up.
    pub holder: Option<Holder>,
}

/// A lease that ends later than so many times its usual length was given by a clock that ran ahead.
const IMPLAUSIBLE: u32 = 10;

impl Ownership {
    /// The holder, unless its lease ran out at `now`.
    pub fn holder_at(&self, now: Timestamp) -> Option<&Holder> {
        self.holder.as_ref().filter(|h| h.until > now)
    }

    /// Gives a lease to `id` if nobody else holds one at `now`. The present holder gets its own lease back, extended.
    ///
    /// # Errors
    /// [`StoreError::Held`].
    pub fn claim(&self, id: &str, description: &str, now: Timestamp, length: Duration) -> StoreResult<Lease> {
        let until = end(now, length);
        match self.holder_at(now) {
            Some(holder) if holder.id != id => Err(StoreError::Held { holder: explain(holder, now, length) }),
            Some(holder) => {
                Ok(Lease { epoch: self.epoch, holder: Holder { until: until.max(holder.until), ..holder.clone() } })
            }
            None => Ok(Lease {
                epoch: self.epoch + 1,
                holder: Holder { id: id.to_owned(), description: description.to_owned(), since: now, until },
            }),
        }
    }

    /// Extends `lease` from `now`, also when it ran out and nobody took over.
    ///
    /// # Errors
    /// [`StoreError::Stale`].
    pub fn extend(&self, lease: &Lease, now: Timestamp, length: Duration) -> StoreResult<Lease> {
        self.check(lease.epoch)?;
        Ok(Lease { epoch: lease.epoch, holder: Holder { until: end(now, length), ..lease.holder.clone() } })
    }

    /// # Errors
    /// [`StoreError::Stale`] when `epoch` is not the newest.
    pub fn check(&self, epoch: u64) -> StoreResult<()> {
        if epoch == self.epoch { Ok(()) } else { Err(StoreError::Stale { ours: epoch, current: self.epoch }) }
    }
}

impl From<Lease> for Ownership {
    fn from(lease: Lease) -> Self {
        Self { epoch: lease.epoch, holder: Some(lease.holder) }
    }
}

fn end(now: Timestamp, length: Duration) -> Timestamp {
    let length = TimeDelta::from_std(length).unwrap_or(TimeDelta::MAX);
    now.checked_add_signed(length).unwrap_or(Timestamp::MAX_UTC)
}

/// Says of a lease that ends implausibly late that a clock is wrong, so that nobody waits for years.
fn explain(holder: &Holder, now: Timestamp, length: Duration) -> Holder {
    let plausible = end(now, length.saturating_mul(IMPLAUSIBLE));
    if holder.until <= plausible && holder.since <= plausible {
        return holder.clone();
    }
    let description = format!(
        "{} (its lease ends {}, far beyond the usual {} s: a clock jumped; check this machine's clock, end that process, \
         then use `launchd doctor`)",
        holder.description,
        holder.until,
        length.as_secs(),
    );
    Holder { description, ..holder.clone() }
}

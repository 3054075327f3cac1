//! Long parts of secrets within a text: a vendor that cuts what it repeats still tells most of it.

use std::collections::{BTreeMap, HashMap};

/// So many characters in a row are a part of the secret, and no chance.
const LONG: usize = 12;
/// Of a short secret half is told by fewer; below this, words of any text would be taken for it.
const SHORT: usize = 8;

/// Every stretch of every form of the secrets, in small letters, by its length.
#[derive(Default, Clone)]
pub(super) struct Parts(BTreeMap<usize, HashMap<Vec<u8>, String>>);

impl Parts {
    pub(super) fn add(&mut self, form: &[u8], mark: &str) {
        let length = form.len().div_ceil(2).clamp(SHORT, LONG);
        for window in form.to_ascii_lowercase().windows(length) {
            self.0.entry(length).or_default().entry(window.to_vec()).or_insert_with(|| mark.to_owned());
        }
    }

    /// The text with a mark in place of each part. One look at each position and length, of which there are five.
    pub(super) fn text(&self, text: &str) -> String {
        let folded = text.to_ascii_lowercase().into_bytes();
        let mut clean = Vec::with_capacity(text.len());
        let (mut until, mut last) = (0, None);
        for at in 0..folded.len() {
            let found = self.0.iter().rev().find_map(|(length, windows)| {
                let mark = windows.get(folded.get(at..at + length)?)?;
                Some((at + length, mark))
            });
            if let Some((end, mark)) = found {
                // Parts that touch are one, so that their number tells nothing.
                if at > until || last != Some(mark) {
                    clean.extend_from_slice(mark.as_bytes());
                }
                (until, last) = (until.max(end), Some(mark));
            }
            if at >= until {
                clean.push(text.as_bytes()[at]);
                last = None;
            }
        }
        String::from_utf8_lossy(&clean).into_owned()
    }
}

/// What of a secret is secret: of an address, what follows the host, which anybody may read.
pub(super) fn kept_secret(secret: &str) -> &str {
    let Some((_, rest)) = secret.split_once("://") else { return secret };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if host.contains('@') { rest } else { path }
}

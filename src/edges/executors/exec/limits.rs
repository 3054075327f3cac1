//! Reads what a program prints without keeping more than the cap.

use serde_json::{Map, Value};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::edges::executors::secrets::Scrubber;

/// So much of each stream is kept; the rest is read, so that the program does not hang, and dropped.
pub(super) const KEPT: usize = 1 << 20;
/// The same in words.
pub(super) const KEPT_TEXT: &str = "1 MiB";

/// One stream's beginning.
#[derive(Debug, Default, Clone)]
pub(super) struct Printed {
    pub bytes: Vec<u8>,
    /// How much more there was.
    pub dropped: u64,
}

/// When a stream was cut, so much of what was kept goes too: a secret cut in half is not recognised.
const CUT: usize = 4096;

impl Printed {
    /// As text: what is no UTF-8 is replaced, secrets are scrubbed, and what was dropped is said.
    pub fn text(&self, scrubber: &Scrubber) -> String {
        if self.dropped == 0 {
            return scrubber.text(&String::from_utf8_lossy(&self.bytes));
        }
        let kept = self.bytes.len().saturating_sub(CUT);
        let text = scrubber.text(&String::from_utf8_lossy(&self.bytes[..kept]));
        let more = self.dropped + (self.bytes.len() - kept) as u64;
        format!("{text}\n… {more} more bytes were not kept: the limit is {KEPT_TEXT}")
    }

    /// The one JSON object that it is, if it is one, secrets scrubbed.
    pub fn document(&self, scrubber: &Scrubber) -> Option<Map<String, Value>> {
        if self.dropped > 0 {
            return None;
        }
        match scrubber.value(&serde_json::from_str(String::from_utf8_lossy(&self.bytes).trim()).ok()?) {
            Value::Object(map) => Some(map),
            _ => None,
        }
    }
}

/// The last characters, for people: where a program says what went wrong.
pub(super) fn tail(text: &str, characters: usize) -> String {
    let text = text.trim();
    let skip = text.chars().count().saturating_sub(characters);
    if skip == 0 {
        return text.to_owned();
    }
    format!("…{}", text.chars().skip(skip).collect::<String>())
}

/// Reads to the end into `printed`, which stays usable when this is dropped half-way.
pub(super) async fn read_to_end(stream: Option<impl AsyncRead + Unpin>, printed: &mut Printed) {
    let Some(mut stream) = stream else { return };
    let mut chunk = vec![0; 64 * 1024];
    loop {
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(n) => {
                let room = (KEPT - printed.bytes.len()).min(n);
                printed.bytes.extend_from_slice(&chunk[..room]);
                printed.dropped += (n - room) as u64;
            }
        }
    }
}

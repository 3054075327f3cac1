//! Content hashes: revisions, approved contents, external keys.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::name::{Id, Name};

/// A SHA-256 over the canonical JSON of a value (keys sorted, no blanks), kept in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(Box<str>);

impl Fingerprint {
    /// Of any value. serde_json keeps maps sorted here, so equal values have equal texts.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Self {
        let text = serde_json::to_vec(value).expect("model values have string keys and finite numbers");
        Self::of_bytes(&text)
    }

    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(hex(&Sha256::digest(bytes)).into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 12 hexadecimal digits, as people compare them.
    pub fn short(&self) -> &str {
        &self.0[..12.min(self.0.len())]
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.short())
    }
}

/// Names one external object, whatever crashes, repeats or races.
///
/// It is a pure function of the installation, the launch, the activity and how often the object was made
/// anew on purpose (`incarnation`). It never holds a lease's epoch, a time or a random number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExternalKey(Box<str>);

impl ExternalKey {
    /// 32 lower-case hexadecimal digits.
    pub fn new(installation: &str, launch: &Name, activity: &Id, incarnation: u32) -> Self {
        let digest = Sha256::digest(format!("{installation}\n{launch}\n{activity}\n{incarnation}"));
        Self(hex(&digest[..16]).into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key as a UUID with the version and variant bits of version 4 (RFC 9562 §5.4), for vendors whose
    /// clients choose an object's id.
    pub fn uuid(&self) -> String {
        let k = &self.0;
        let variant = match u8::from_str_radix(&k[16..17], 16).unwrap_or(0) & 0x3 {
            0 => '8',
            1 => '9',
            2 => 'a',
            _ => 'b',
        };
        format!("{}-{}-4{}-{variant}{}-{}", &k[0..8], &k[8..12], &k[13..16], &k[17..20], &k[20..32])
    }
}

impl fmt::Display for ExternalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_as_uuid_has_version_four_and_the_rfc_variant() {
        let key = ExternalKey::new("main", &"atlas".parse().unwrap(), &"epic".parse().unwrap(), 0);
        let uuid = key.uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(&uuid[14..15], "4");
        assert!("89ab".contains(&uuid[19..20]));
    }

    #[test]
    fn a_key_differs_by_each_of_its_parts() {
        let key = |i: &str, l: &str, a: &str, n| ExternalKey::new(i, &l.parse().unwrap(), &a.parse().unwrap(), n);
        let base = key("main", "atlas", "epic", 0);
        assert_eq!(base, key("main", "atlas", "epic", 0));
        for other in [
            key("x", "atlas", "epic", 0),
            key("main", "b", "epic", 0),
            key("main", "atlas", "c", 0),
            key("main", "atlas", "epic", 1),
        ] {
            assert_ne!(base, other);
        }
    }
}

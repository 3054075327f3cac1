//! Names, parsed once at every entrance and typed from there on.

use std::{borrow::Borrow, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("it is empty")]
    Empty,
    #[error("it has {0} characters, and at most 63 are allowed")]
    TooLong(usize),
    #[error("`{0}` is not allowed in it; use lower-case letters, digits and {1}")]
    Character(char, &'static str),
    #[error("it must start and end with a letter or digit")]
    Edge,
}

macro_rules! text_type {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(SmolStr);

        impl $type {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
        impl Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
        impl Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $type;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a string")
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
        impl TryFrom<String> for $type {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }
        impl From<$type> for String {
            fn from(name: $type) -> String {
                name.0.into()
            }
        }
        impl PartialEq<str> for $type {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }
    };
}

text_type! {
    /// The name of a launch, profile, calendar, team or connector: an RFC 1123 label,
    /// `[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?`, so that it is safe in a path, a URL and a vendor's label.
    Name
}
text_type! {
    /// The id of a member of a launch (milestone, activity, check, approval, goal) or of a connector's
    /// resource: like [`Name`], and `_` is allowed. An activity made by `for_each` carries its item in
    /// brackets: `post[emea]`.
    Id
}

impl FromStr for Name {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        label(text, "-", "`-`")?;
        Ok(Self(text.into()))
    }
}

impl FromStr for Id {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let (stem, item) = match text.strip_suffix(']').and_then(|t| t.split_once('[')) {
            Some((stem, item)) => (stem, Some(item)),
            None => (text, None),
        };
        label(stem, "-_", "`-`, `_`")?;
        if let Some(item) = item {
            label(item, "-_.", "`-`, `_`, `.`")?;
        }
        Ok(Self(text.into()))
    }
}

impl Id {
    /// The id of the instance that `for_each` makes for `item`.
    ///
    /// # Errors
    /// The item is no label of its own.
    pub fn instance(&self, item: &str) -> Result<Id, NameError> {
        format!("{self}[{item}]").parse()
    }
}

fn label(text: &str, extra: &str, allowed: &'static str) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if let Some(bad) = text.chars().find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || extra.contains(*c))) {
        return Err(NameError::Character(bad, allowed));
    }
    if text.len() > 63 {
        return Err(NameError::TooLong(text.len()));
    }
    let edge = |b: u8| b.is_ascii_alphanumeric();
    if !edge(text.as_bytes()[0]) || !edge(text.as_bytes()[text.len() - 1]) {
        return Err(NameError::Edge);
    }
    Ok(())
}

/// Who did something: a person, the daemon, a command in CI.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Actor(pub String);

impl Actor {
    pub fn daemon() -> Self {
        Self("daemon".into())
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_an_rfc_1123_label() {
        assert!("atlas-2".parse::<Name>().is_ok());
        assert_eq!("".parse::<Name>(), Err(NameError::Empty));
        assert!(matches!("../etc".parse::<Name>(), Err(NameError::Character('.', _))));
        assert!(matches!("Atlas".parse::<Name>(), Err(NameError::Character('A', _))));
        assert_eq!("-a".parse::<Name>(), Err(NameError::Edge));
        assert_eq!("a".repeat(64).parse::<Name>(), Err(NameError::TooLong(64)));
    }

    #[test]
    fn an_id_may_hold_underscores_and_an_item() {
        assert!("launch_day".parse::<Id>().is_ok());
        assert!("post[emea]".parse::<Id>().is_ok());
        assert!("post[../x]".parse::<Id>().is_err());
        assert!("post[]".parse::<Id>().is_err());
        assert_eq!("post".parse::<Id>().unwrap().instance("emea").unwrap().as_str(), "post[emea]");
    }
}

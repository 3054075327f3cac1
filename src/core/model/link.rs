//! The one type of address that may become a link, or stand as evidence: `http`, `https` or `mailto`, without a password
//! in it.

use url::Url;

/// A safe address, percent-encoded so far that no form of document can be left by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link(String);

impl Link {
    /// `None`: it is no address, or one that a document must not link to.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let url = Url::parse(text).ok().filter(|_| !text.chars().any(char::is_whitespace))?;
        let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
        let is_mail = url.scheme() == "mailto" && url.path().contains('@');
        if !(is_web || is_mail) || !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        let mut safe = String::with_capacity(url.as_str().len());
        for c in url.as_str().chars() {
            match c {
                '<' | '>' | '"' | '\'' | '\\' | '`' | '(' | ')' | '[' | ']' | '|' | '{' | '}' | '^' => {
                    safe.push_str(&format!("%{:02X}", u32::from(c)));
                }
                c if c.is_ascii_graphic() => safe.push(c),
                // `Url` encodes everything else, so this is for what it may change its mind about.
                _ => return None,
            }
        }
        Some(Self(safe))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For people: without the scheme.
    pub fn shown(&self) -> &str {
        let text = ["https://", "http://", "mailto:"].iter().find_map(|s| self.0.strip_prefix(s)).unwrap_or(&self.0);
        text.trim_end_matches('/')
    }

    /// The scheme of an address that is none of these, as far as a text is an address at all: `ATL-7: done` is a sentence,
    /// and `ATL:7` a ticket.
    pub fn refused(text: &str) -> Option<String> {
        const HARMFUL: [&str; 5] = ["javascript", "vbscript", "data", "file", "blob"];
        let text = text.trim();
        if text.contains(char::is_whitespace) || Self::parse(text).is_some() {
            return None;
        }
        let (scheme, rest) = text.split_once(':')?;
        let scheme = scheme.to_ascii_lowercase();
        (rest.starts_with("//") || HARMFUL.contains(&&*scheme)).then_some(scheme)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_and_mail_addresses_become_links() {
        for good in ["https://example.com/a?b=c#d", "http://example.com", "mailto:ana@example.com"] {
            assert!(Link::parse(good).is_some(), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,<script>",
            "file:///etc/passwd",
            "vbscript:x",
            "https://ana:secret@example.com",
            "https://ana@example.com",
            "//example.com",
            "52 people invited",
            "https://example.com is down",
            "",
        ] {
            assert_eq!(Link::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn of_other_addresses_the_scheme_is_told_and_sentences_are_none() {
        for (bad, scheme) in [("ftp://example.com/x", "ftp"), ("JavaScript:x", "javascript"), ("file:///x", "file")] {
            assert_eq!(Link::refused(bad).as_deref(), Some(scheme), "{bad}");
        }
        for good in ["https://example.com", "mailto:ana@example.com", "ATL:7", "see ftp://x for more", "52 people"] {
            assert_eq!(Link::refused(good), None, "{good}");
        }
    }

    #[test]
    fn an_address_cannot_leave_the_place_it_is_put_in() {
        let link = Link::parse("https://example.com/\"><script>alert('1')</script>?a=b)c](d`|#<x>").unwrap();
        for bad in ["\"", "'", "<", ">", ")", "]", "`", "|"] {
            assert!(!link.as_str().contains(bad), "{}", link.as_str());
        }
    }
}

//! One trouble that many things have: a vendor that asks for fewer requests is told once, and not for each of fifty tickets.
//!
//! In: things that did not go through, each with its failure. Out: the failures that differ, each with all that met it.

use url::Url;

use crate::core::model::outcome::Failure;

/// A failure, with everything that met it, in the order in which it was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble<'a, T> {
    /// As it was met first.
    pub failure: &'a Failure,
    pub of: Vec<T>,
}

/// Puts together what failed at the same host for the same reason. What a vendor says of one object stays apart; that it
/// has too much to do, or is out of order, is about the vendor.
pub fn by_cause<'a, T>(failures: impl IntoIterator<Item = (T, &'a Failure)>) -> Vec<Trouble<'a, T>> {
    let mut troubles: Vec<Trouble<'a, T>> = Vec::new();
    for (one, failure) in failures {
        match troubles.iter_mut().find(|t| is_same(t.failure, failure)) {
            Some(trouble) => trouble.of.push(one),
            None => troubles.push(Trouble { failure, of: vec![one] }),
        }
    }
    troubles
}

fn is_same(a: &Failure, b: &Failure) -> bool {
    let is_about_host = matches!(a.status, None | Some(429 | 500..=599));
    let (at, other) = (host(a), host(b));
    // Where no request tells the host, the words do; they differ in how long to wait, at most.
    let same_words = match is_about_host {
        true => at.is_some() || without_numbers(&a.detail) == without_numbers(&b.detail),
        false => a.detail == b.detail,
    };
    a.is_same_reason(b) && at == other && same_words
}

fn without_numbers(text: &str) -> String {
    text.split_whitespace().filter(|word| !word.bytes().all(|b| b.is_ascii_digit())).collect()
}

/// Where the request went: `POST https://api.example.com/x` went to `api.example.com`.
fn host(failure: &Failure) -> Option<String> {
    let address = failure.request.as_ref()?.split_whitespace().nth(1)?;
    Some(Url::parse(address).ok()?.host_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(detail: &str, status: i64, host: &str) -> Failure {
        let request = Some(format!("POST https://{host}/rest/issue/{detail}"));
        Failure { status: Some(status), request, ..Failure::new("it asks for fewer requests", detail) }
    }

    #[test]
    fn a_vendor_that_has_too_much_to_do_is_told_once_and_what_it_says_of_objects_each() {
        let (a, b) = ("a.example.com", "b.example.com");
        let all = [
            failure("wait 1 s", 429, a),
            failure("no such field", 400, a),
            failure("wait 2 s", 429, a),
            failure("wait 2 s", 429, b),
            failure("no such project", 400, a),
            failure("no such field", 400, a),
        ];
        let paused = |seconds: u32| Failure::new("the vendor's limit is reached", format!("come back in {seconds} s"));
        let waits = [paused(60), paused(59)];
        assert_eq!(by_cause(waits.iter().enumerate()).len(), 1);
        let told: Vec<Vec<usize>> = by_cause(all.iter().enumerate()).into_iter().map(|t| t.of).collect();
        assert_eq!(told, [vec![0, 2], vec![1, 5], vec![3], vec![4]]);
    }
}

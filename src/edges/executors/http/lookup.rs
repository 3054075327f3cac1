//! Looks for an object and says what it is.

use serde_json::{Value, json};

use super::{
    classify::{Trouble, with_answer},
    session::Session,
    template::{self, Names, TemplateProblem},
};
use crate::core::model::{
    connector::http::{Expression, FailureClass, Lookup, ObjectMapping, Pages},
    outcome::Object,
};

/// A search that goes on for so many pages finds nothing by chance either.
const MOST_PAGES: u32 = 50;

/// What a look-up found, as the vendor shows it.
pub(super) enum Found {
    Item(Value),
    Absent,
    /// This look-up is not possible here.
    Unobservable,
}

impl Session<'_> {
    /// Takes one look-up, over as many pages as it needs.
    ///
    /// # Errors
    /// The look-up did not work; nothing follows from that.
    pub async fn look(&mut self, lookup: &Lookup, default_absent: &[u16]) -> Result<Found, Trouble> {
        let absent = lookup.absent.as_deref().unwrap_or(default_absent);
        let (mut cursor, mut offset, mut link) = (Value::Null, 0, None);
        for number in 1..=MOST_PAGES {
            let page = json!({"cursor": cursor, "number": number, "offset": offset});
            let names = self.request_names().clone().with("page", &page);
            let answer = match self.exchange_at(&lookup.request, &names, false, None, link.take()).await {
                Ok(answer) => answer,
                Err(t) if t.class == FailureClass::Absent => return Ok(Found::Absent),
                Err(t) if t.class == FailureClass::Unobservable => return Ok(Found::Unobservable),
                Err(t) if t.failure.status.is_some_and(|s| absent.iter().any(|a| i64::from(*a) == s)) => {
                    return Ok(Found::Absent);
                }
                Err(t) => return Err(t),
            };
            let seen = with_answer(&names, &answer);
            let Some(items) = &lookup.items else {
                let item = match &lookup.item {
                    Some(expression) => template::evaluate(expression, &seen).map_err(unreadable)?,
                    None => Some(answer.body),
                };
                let Some(item) = item else { return Ok(Found::Absent) };
                return Ok(if self.accepts(lookup, &names, &item)? { Found::Item(item) } else { Found::Absent });
            };
            let Some(Value::Array(items)) = template::evaluate(items, &seen).map_err(unreadable)? else {
                // No list is not an empty list: the answer is of another kind than the connector knows.
                return Err(unreadable(format!("`{}` is no list in the answer", items.0)));
            };
            offset += items.len();
            let count = items.len();
            for item in items {
                if self.accepts(lookup, &names, &item)? {
                    return Ok(Found::Item(item));
                }
            }
            let more = |e: &Expression| template::is_true(e, &seen).map_err(unreadable);
            match &lookup.pages {
                None => return Ok(Found::Absent),
                Some(Pages::Cursor(next)) => match template::evaluate(next, &seen).map_err(unreadable)? {
                    Some(next) if next != json!("") && next != cursor => cursor = next,
                    _ => return Ok(Found::Absent),
                },
                Some(Pages::Link) => match answer.header("link").and_then(next_link) {
                    Some(next) => link = Some(next),
                    None => return Ok(Found::Absent),
                },
                Some(Pages::Number(e) | Pages::Offset(e)) if count == 0 || !more(e)? => return Ok(Found::Absent),
                Some(Pages::Number(_) | Pages::Offset(_)) => {}
            }
        }
        Err(Trouble::retryable("the search has no end", format!("it was given up after {MOST_PAGES} pages")))
    }

    fn accepts(&self, lookup: &Lookup, names: &Names, item: &Value) -> Result<bool, Trouble> {
        let Some(accept) = &lookup.accept else { return Ok(true) };
        template::is_true(accept, &names.clone().with("item", item)).map_err(unreadable)
    }

    /// The vendor's object as launchd's, and whether its create was cut short.
    ///
    /// # Errors
    /// An expression of the connector fails on it.
    pub fn map(&self, mapping: &ObjectMapping, item: &Value) -> Result<(Object, bool), Trouble> {
        let names = self.plain_names().clone().with("item", item);
        let value = |e: &Expression| template::evaluate(e, &names);
        let all = |map: &std::collections::BTreeMap<String, Expression>| {
            let found = map.iter().filter_map(|(name, e)| value(e).transpose().map(|v| Ok((name.clone(), v?))));
            found.collect::<Result<_, TemplateProblem>>()
        };
        let yes =
            |e: &Option<Expression>, otherwise| e.as_ref().map_or(Ok(otherwise), |e| template::is_true(e, &names));
        let mapped = || -> Result<_, TemplateProblem> {
            let id = mapping.id.as_ref().map_or(Ok(None), |e| template::text(e, &names))?;
            let url = mapping.url.as_ref().map_or(Ok(None), |e| template::text(e, &names))?;
            let object = Object {
                id: id.unwrap_or_else(|| self.call.object_id.clone().unwrap_or_else(|| self.call.key.to_string())),
                // People click on it.
                url: url.filter(|u| u.starts_with("https://") || u.starts_with("http://")),
                outputs: all(&mapping.outputs)?,
                fields: all(&mapping.fields)?,
                done: yes(&mapping.done, true)?,
            };
            Ok((object, yes(&mapping.partial, false)?))
        };
        mapped().map_err(unreadable)
    }
}

/// The vendor answered, and the connector does not understand it.
pub(super) fn unreadable(detail: String) -> Trouble {
    Trouble::retryable("the answer is of another kind than the connector knows", detail)
}

/// The `next` target of a Link header (RFC 8288).
fn next_link(header: &str) -> Option<String> {
    header.split(',').find_map(|part| {
        let (target, rest) = part.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = rest.split(';').map(str::trim).any(|p| matches!(p, "rel=\"next\"" | "rel=next"));
        is_next.then(|| target.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::next_link;

    #[test]
    fn the_next_page_is_read_from_the_link_header() {
        let header = r#"<https://a/?p=1>; rel="prev", <https://a/?p=3>; title="x"; rel="next""#;
        assert_eq!(next_link(header).as_deref(), Some("https://a/?p=3"));
        assert_eq!(next_link(r#"<https://a/?p=1>; rel="last""#), None);
        assert_eq!(next_link("nonsense"), None);
    }
}

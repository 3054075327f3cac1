//! Connector request and names → a request ready to be sent. Nothing that a value holds can change its shape.

use reqwest::{
    Method,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use serde_json::{Map, Value, json};
use url::Url;

use super::{
    classify::{Nature, Trouble},
    client::Prepared,
    template::{self, Names},
};
use crate::core::model::connector::http::{HttpApi, Request};

/// The longest body that is sent.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// Builds the request. `repeatable` as its step says.
///
/// # Errors
/// A template fails, or a value would leave its place: a rejection, since nothing was sent.
pub(super) fn build(
    api: &HttpApi,
    request: &Request,
    base: Option<&Url>,
    names: &Names,
    repeatable: bool,
) -> Result<Prepared, Trouble> {
    let wrong = |detail: String| Trouble::rejected("the request cannot be built from these inputs", detail);
    let method = method(request, names).map_err(wrong)?;
    let mut url = address(request, base, names).map_err(wrong)?;
    if let Some(query) = rendered_map(request.query.as_ref(), names).map_err(wrong)? {
        let pairs = pairs(&query).map_err(wrong)?;
        if !pairs.is_empty() {
            url.query_pairs_mut().extend_pairs(pairs);
        }
    }
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    for (name, value) in &api.headers {
        put(&mut headers, name, value).map_err(wrong)?;
    }
    let body = body(request, names, &mut headers).map_err(wrong)?;
    for (name, value) in rendered_map(request.headers.as_ref(), names).map_err(wrong)?.unwrap_or_default() {
        let text = template::scalar(&value).ok_or_else(|| wrong(format!("header `{name}` is no text")))?;
        put(&mut headers, &name, &text).map_err(wrong)?;
    }
    if body.as_ref().is_some_and(|b| b.len() > MAX_BODY) {
        return Err(wrong(format!("its body is longer than {MAX_BODY} bytes")));
    }
    let question = method == Method::GET || request.graphql.as_ref().is_some_and(|g| is_query(&g.query));
    let nature = Nature {
        effect: !question,
        repeatable: repeatable || question || method == Method::PUT || method == Method::DELETE,
    };
    Ok(Prepared { method, url, headers, body, nature, confidential: false })
}

/// Adds a header.
///
/// # Errors
/// Its name or value is none: a line end in it would start another header.
pub(super) fn put(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), String> {
    let parsed =
        HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("`{}` is no header name", name.escape_debug()))?;
    let forbidden = ["host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"];
    if forbidden.contains(&parsed.as_str()) {
        return Err(format!("header `{parsed}` belongs to the connection and cannot be set"));
    }
    let value = HeaderValue::from_str(value)
        .map_err(|_| format!("the value of header `{parsed}` has a line end or a control character in it"))?;
    headers.insert(parsed, value);
    Ok(())
}

fn method(request: &Request, names: &Names) -> Result<Method, String> {
    let Some(template) = &request.method else {
        return Ok(if request.graphql.is_some() { Method::POST } else { Method::GET });
    };
    match template::rendered(&template.0, names)?.as_str() {
        "GET" => Ok(Method::GET),
        "POST" => Ok(Method::POST),
        "PUT" => Ok(Method::PUT),
        "PATCH" => Ok(Method::PATCH),
        "DELETE" => Ok(Method::DELETE),
        other => Err(format!("`{}` is no method; use GET, POST, PUT, PATCH or DELETE", other.escape_debug())),
    }
}

fn address(request: &Request, base: Option<&Url>, names: &Names) -> Result<Url, String> {
    if let Some(template) = &request.url {
        let text = template::rendered(&template.0, names)?;
        let url = Url::parse(text.trim()).map_err(|e| format!("the address is none: {e}"))?;
        if !matches!(url.scheme(), "https" | "http") || url.host().is_none() {
            return Err("the address does not start with https://".into());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("the address holds a user name or password; use a secret in a header instead".into());
        }
        return Ok(url);
    }
    let base =
        base.ok_or("nobody said where the vendor is reached; set `base_url` for this connector in launchd.yaml")?;
    let path = request.path.as_ref().map_or(Ok(String::new()), |p| template::path(&p.0, names))?;
    let whole = format!("{}{path}", base.path().trim_end_matches('/'));
    let whole = if whole.is_empty() { "/".to_owned() } else { whole };
    let mut url = base.clone();
    url.set_path(&whole);
    // Whatever the parser would take as `.`, `..`, a query or a fragment shows here.
    if url.path() != whole || url.origin() != base.origin() {
        return Err(format!("`{}` is no path of one request", path.escape_debug()));
    }
    Ok(url)
}

fn body(request: &Request, names: &Names, headers: &mut HeaderMap) -> Result<Option<Vec<u8>>, String> {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    let json = |value: &Value| serde_json::to_vec(value).map_err(|e| e.to_string());
    if let Some(graphql) = &request.graphql {
        let variables = graphql.variables.as_ref().map_or(Ok(None), |v| template::structure(v, names))?;
        headers.insert(CONTENT_TYPE, JSON);
        let body = json!({"query": graphql.query, "variables": variables.unwrap_or_else(|| json!({}))});
        return json(&body).map(Some);
    }
    if let Some(form) = rendered_map(request.form.as_ref(), names)? {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs(&form)?).finish();
        return Ok(Some(encoded.into_bytes()));
    }
    let Some(body) = &request.body else { return Ok(None) };
    let Some(value) = template::structure(body, names)? else { return Ok(None) };
    headers.insert(CONTENT_TYPE, JSON);
    json(&value).map(Some)
}

fn rendered_map(template: Option<&Value>, names: &Names) -> Result<Option<Map<String, Value>>, String> {
    let Some(template) = template else { return Ok(None) };
    match template::structure(template, names)? {
        None => Ok(None),
        Some(Value::Object(map)) => Ok(Some(map)),
        Some(other) => Err(format!("`{other}` is no map")),
    }
}

fn pairs(map: &Map<String, Value>) -> Result<Vec<(String, String)>, String> {
    let mut pairs = Vec::new();
    for (name, value) in map {
        let items = match value {
            Value::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        for item in items {
            let text = template::scalar(item).ok_or_else(|| format!("parameter `{name}` is no text"))?;
            pairs.push((name.clone(), text));
        }
    }
    Ok(pairs)
}

/// Whether a GraphQL document only asks (its operation is a `query`).
fn is_query(document: &str) -> bool {
    let first = document.lines().map(str::trim_start).find(|l| !l.is_empty() && !l.starts_with('#'));
    first.is_some_and(|l| l.starts_with("query") || l.starts_with('{'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(request: Value, with: Value) -> Result<Prepared, String> {
        let request: Request = serde_json::from_value(request).unwrap();
        let base = Url::parse("https://api.example.com/v1").unwrap();
        let names = Names::default().with("with", &with);
        build(&HttpApi::default(), &request, Some(&base), &names, false).map_err(|t| t.failure.detail)
    }

    #[test]
    fn a_value_with_a_line_end_starts_no_header() {
        let request = json!({"path": "/x", "headers": {"X-Title": "{{ with.title }}"}});
        assert!(built(request.clone(), json!({"title": "fine"})).is_ok());
        for bad in ["a\r\nX-Admin: 1", "a\nb", "a\0b"] {
            assert!(built(request.clone(), json!({"title": bad})).unwrap_err().contains("line end"), "{bad:?}");
        }
        let splat = json!({"path": "/x", "headers": "{{ with.headers }}"});
        for name in ["Host", "Content-Length", "Transfer-Encoding", "x y", "a\r\nb"] {
            assert!(built(splat.clone(), json!({"headers": {name: "1"}})).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_path_stays_below_the_base() {
        let request =
            json!({"path": "/things/{{ with.id }}", "query": {"q": "{{ with.q }}", "tag": "{{ with.tags }}"}});
        let url = built(request.clone(), json!({"id": "a b", "q": "x&y=z", "tags": ["1", "2"]})).unwrap().url;
        assert_eq!(url.as_str(), "https://api.example.com/v1/things/a%20b?q=x%26y%3Dz&tag=1&tag=2");
        assert!(built(request.clone(), json!({"id": ".."})).is_err());
        assert!(built(json!({"path": "/things/../admin"}), json!({})).is_err());
        assert!(built(json!({"path": "/things/%2e%2e/admin"}), json!({})).is_err());
        assert!(
            built(json!({"path": "@evil.com/"}), json!({})).is_ok_and(|p| p.url.host_str() == Some("api.example.com"))
        );
    }

    #[test]
    fn a_whole_address_is_http_and_without_credentials() {
        let at = |url: &str| built(json!({"url": "{{ with.url }}"}), json!({"url": url}));
        assert!(at("https://hooks.example.com/a?b=c").is_ok());
        for bad in ["file:///etc/passwd", "gopher://x", "https://user:pw@example.com/", "javascript:alert(1)", "x", ""]
        {
            assert!(at(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_question_is_told_from_an_effect() {
        let nature = |r: Value| built(r, json!({})).unwrap().nature;
        assert!(!nature(json!({"path": "/x"})).effect);
        assert!(!nature(json!({"path": "", "graphql": {"query": "# c\nquery Q { a }"}})).effect);
        assert!(nature(json!({"path": "", "graphql": {"query": "mutation M { a }"}})).effect);
        let put = nature(json!({"method": "PUT", "path": "/x"}));
        assert!(put.effect && put.repeatable);
        let post = nature(json!({"method": "POST", "path": "/x"}));
        assert!(post.effect && !post.repeatable);
    }
}

//! Connectors for people: what they do to the world, what their `with` takes, what settings they need.

use serde_json::Value;

use super::{
    View, explain,
    table::Table,
    text::{Line, Page, Role},
};
use crate::core::{
    model::{
        activity::{CompleteWhen, EffectClass, KeySupport},
        connector::{Connector, ExecutorKind, Resource, http::Auth},
        name::Id,
    },
    schedule::format_duration,
};

/// One line a resource.
pub fn list<'c>(connectors: impl Iterator<Item = &'c Connector>, view: &View) -> String {
    let mut table = Table::at(0).heading(["USES", "EFFECT", "REPEATING", "WHAT"]);
    for connector in connectors {
        for (id, resource) in &connector.resources {
            let own = if connector.builtin { "" } else { ", your own" };
            table.row([
                Line::new().add(Role::Name, format!("{}/{id}", connector.name)),
                Line::new().add(effect_role(resource.effect), effect_word(resource.effect)),
                Line::new().add(Role::Dim, key_word(resource)),
                Line::new().plain(format!("{}: {}{own}", connector.title, resource.title)),
            ]);
        }
    }
    let mut page = Page::new();
    table.write(&mut page);
    page.gap();
    for (word, about) in [
        ("converge", "an object that is kept as the file says"),
        ("once", "public or irreversible: not before the embargo, never twice"),
        ("observe", "read only: for checks and metrics"),
    ] {
        page.push(Line::new().hang(10).add(Role::Strong, format!("{word:8}")).plain(format!("  {about}")));
    }
    page.gap();
    page.push(Line::new().plain("More: ").add(Role::Command, "launchd connectors NAME"));
    page.render(view)
}

/// A connector with its resources and its settings.
pub fn one(connector: &Connector, view: &View) -> String {
    let mut page = Page::new();
    let origin = if connector.builtin { "built in" } else { "of your own files" };
    page.push(
        Line::new()
            .add(Role::Strong, connector.name.as_str())
            .plain(format!("  {}", connector.title))
            .add(Role::Dim, format!("  {origin}")),
    );
    if let Some(docs) = &connector.docs {
        page.push(Line::at(2).add(Role::Name, docs));
    }
    page.gap();
    page.push(Line::at(2).add(Role::Strong, "Resources"));
    let mut table = Table::at(4);
    for (id, resource) in &connector.resources {
        table.row([
            Line::new().add(Role::Name, format!("{}/{id}", connector.name)),
            Line::new().add(effect_role(resource.effect), effect_word(resource.effect)),
            Line::new().plain(&resource.title),
        ]);
    }
    table.write(&mut page);
    settings(&mut page, connector);
    page.gap();
    let first = connector.resources.keys().next().map(Id::as_str).unwrap_or_default();
    page.push(
        Line::at(2).plain("Fields: ").add(Role::Command, format!("launchd connectors {}/{first}", connector.name)),
    );
    page.render(view)
}

/// A resource with the fields of its `with`.
pub fn resource(connector: &Connector, id: &Id, resource: &Resource, view: &View) -> String {
    let mut page = Page::new();
    page.push(
        Line::new()
            .add(Role::Strong, format!("{}/{id}", connector.name))
            .plain(format!("  {}: {}", connector.title, resource.title)),
    );
    page.gap();
    let mut table = Table::at(2);
    let mut about = |title: &str, text: String| {
        table.row([Line::new().add(Role::Dim, title), Line::new().plain(text)]);
    };
    about("effect", format!("{}: {}", effect_word(resource.effect), effect_about(resource.effect)));
    if resource.effect != EffectClass::Observe {
        about("repeating", key_about(resource));
        let done = match resource.complete_when {
            CompleteWhen::Exists => "it exists and equals the file",
            CompleteWhen::Done => "the vendor shows it as done, too",
        };
        about("converged", format!("when {done}"));
        let can = [(resource.can_update, "changed"), (resource.can_close, "closed"), (resource.can_delete, "deleted")];
        let can: Vec<&str> = can.into_iter().filter(|(can, _)| *can).map(|(_, word)| word).collect();
        about(
            "later",
            if can.is_empty() { "it stays as it was made".to_owned() } else { format!("it can be {}", can.join(", ")) },
        );
    }
    table.write(&mut page);
    page.gap();
    with(&mut page, &resource.with);
    page.gap();
    page.push(Line::at(2).add(Role::Strong, "In a plan"));
    for line in sample(connector, id, resource).lines() {
        page.push(Line::at(4).verbatim().plain(line));
    }
    page.render(view)
}

fn with(page: &mut Page, schema: &Value) {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let Some(fields) = schema["properties"].as_object().filter(|f| !f.is_empty()) else {
        page.push(Line::at(2).plain("It takes no `with`."));
        return;
    };
    page.push(Line::at(2).add(Role::Strong, "Fields of `with`").add(Role::Dim, " (* required)"));
    let mut table = Table::at(4);
    let is_required = |name: &str| required.contains(&name);
    let (needed, others): (Vec<_>, Vec<_>) = fields.iter().partition(|(name, _)| is_required(name));
    for (name, field) in needed.into_iter().chain(others) {
        let star = if is_required(name) { " *" } else { "" };
        table.row([
            Line::new().add(Role::Strong, name).add(Role::Change, star),
            Line::new().add(Role::Dim, explain::form_of(schema, field)),
            Line::new().plain(field["description"].as_str().unwrap_or_default()),
        ]);
    }
    table.write(page);
}

/// An activity, or a check, with the required fields.
fn sample(connector: &Connector, id: &Id, resource: &Resource) -> String {
    let required = resource.with["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let fields: Vec<String> = required.map(|name| format!("{name}: …")).collect();
    let with = if fields.is_empty() { String::new() } else { format!("\n  with: {{ {} }}", fields.join(", ")) };
    match resource.effect {
        EffectClass::Observe => format!("my_check:\n  uses: {}/{id}{with}\n  pass: \"…\"", connector.name),
        _ => format!("my_activity:\n  uses: {}/{id}{with}", connector.name),
    }
}

/// How `launchd.yaml` makes it work.
fn settings(page: &mut Page, connector: &Connector) {
    let text = match connector.executor {
        ExecutorKind::Human => return,
        ExecutorKind::Exec => {
            "# Programs that plans may run. None, unless they are listed here.\nspec:\n  exec:\n    allow: [./ci/*]"
                .to_owned()
        }
        ExecutorKind::Http => http_settings(connector),
    };
    if text.is_empty() {
        return;
    }
    page.gap();
    page.push(Line::at(2).add(Role::Strong, "In launchd.yaml"));
    for line in text.lines() {
        page.push(Line::at(4).verbatim().plain(line));
    }
}

/// What settings must say of an HTTP connector; empty where it works without.
pub(super) fn http_settings(connector: &Connector) -> String {
    let Some(http) = &connector.http else { return String::new() };
    let mut lines = Vec::new();
    if http.base_url.is_none() && !http.hosts.is_empty() {
        let host = http.hosts[0].replace('*', "example");
        lines.push(format!("base_url: https://{host}"));
    }
    let prefix = connector.name.as_str().to_uppercase().replace('-', "_");
    let env = |credential: &str| format!("{{ env: {prefix}_{} }}", credential.to_uppercase().replace('-', "_"));
    let mut auth = |scheme: &str, fields: Vec<(&str, String)>| {
        lines.push("auth:".to_owned());
        lines.push(format!("  scheme: {scheme}"));
        lines.extend(fields.into_iter().map(|(name, value)| format!("  {name}: {value}")));
    };
    match &http.auth {
        Auth::None => {}
        Auth::Basic(basic) => {
            let username = basic.username.as_deref().map_or_else(|| env("user"), env);
            auth("basic", vec![("username", username), ("password", env(&basic.password))]);
        }
        Auth::Bearer(bearer) => auth("bearer", vec![("token", env(&bearer.token))]),
        Auth::Header(header) => auth("header", vec![("name", header.name.clone()), ("value", env(&header.token))]),
        Auth::Oauth2ClientCredentials(oauth) => auth(
            "oauth2_client_credentials",
            vec![
                ("token_url", oauth.token_url.clone()),
                ("client_id", env(&oauth.client_id)),
                ("client_secret", env(&oauth.client_secret)),
            ],
        ),
        Auth::Oauth2RefreshToken(oauth) => {
            let mut fields = vec![("token_url", oauth.token_url.clone()), ("client_id", env(&oauth.client_id))];
            fields.extend(oauth.client_secret.as_deref().map(|secret| ("client_secret", env(secret))));
            fields.push(("refresh_token", env(&oauth.refresh_token)));
            auth("oauth2_refresh_token", fields);
        }
    }
    if lines.is_empty() {
        return String::new();
    }
    let body: Vec<String> = lines.into_iter().map(|line| format!("      {line}")).collect();
    format!("spec:\n  connectors:\n    {}:\n{}", connector.name, body.join("\n"))
}

/// The credentials that its auth scheme asks for, by their names.
pub fn credentials(connector: &Connector) -> Vec<&str> {
    connector.http.as_ref().map(|http| http.auth.credentials()).unwrap_or_default()
}

fn effect_word(effect: EffectClass) -> &'static str {
    match effect {
        EffectClass::Converge => "converge",
        EffectClass::Once => "once",
        EffectClass::Observe => "observe",
    }
}

fn effect_role(effect: EffectClass) -> Role {
    match effect {
        EffectClass::Converge => Role::Good,
        EffectClass::Once => Role::Alert,
        EffectClass::Observe => Role::Dim,
    }
}

fn effect_about(effect: EffectClass) -> &'static str {
    match effect {
        EffectClass::Converge => "an object that is read back and kept as the file says",
        EffectClass::Once => "public, costly or irreversible; never before the embargo, never twice",
        EffectClass::Observe => "read only; for checks and metrics",
    }
}

fn key_word(resource: &Resource) -> &'static str {
    match (resource.effect, resource.key) {
        (EffectClass::Observe, _) => "",
        (_, KeySupport::Header { .. }) => "safe",
        (_, KeySupport::Probe { .. }) => "looks first",
        (_, KeySupport::Opaque) => "at most once",
    }
}

fn key_about(resource: &Resource) -> String {
    match resource.key {
        KeySupport::Header { lifetime_seconds: None } => {
            "safe: the vendor knows the key of each create for ever".to_owned()
        }
        KeySupport::Header { lifetime_seconds: Some(seconds) } => {
            format!("safe for {}: so long the vendor knows the key of a create", format_duration(seconds))
        }
        KeySupport::Probe { settle_seconds } => {
            let wait = format_duration(settle_seconds);
            let again = match resource.key.looks(resource.effect)[..] {
                [_, last] => format!("; created again only when it is not found after {}", format_duration(last)),
                _ => String::new(),
            };
            format!("looks first: the object carries a mark that is found again after {wait} at most{again}")
        }
        KeySupport::Opaque => "at most once: after a lost answer a person is asked (`launchd resolve`)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{
        manifest::{connector::builtins, node::FileId, read::read},
        model::source::SourceFile,
    };

    #[test]
    fn the_settings_that_it_shows_are_valid_settings() {
        let mut shown = 0;
        for connector in builtins().values() {
            let text = http_settings(connector);
            if text.is_empty() {
                continue;
            }
            shown += 1;
            let text = format!("apiVersion: launchd/v1\nkind: Settings\n{text}\n");
            let file = SourceFile { path: "launchd.yaml".into(), bytes: text.as_bytes().into() };
            assert_eq!(read(&file, FileId(0)).diagnostics, [], "{text}");
        }
        assert!(shown >= 4, "{shown}");
    }
}

//! Data compiled in: the built-in connectors.
//!
//! In: nothing. Out: texts, to be read by `core::manifest` like any file of a user. Imports nothing.
//! Deliberately absent: code. What is wrong with a figure is mended in its YAML file.

/// A file of the catalog.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// As diagnostics and `render --explain` call it: `profile:new-product`.
    pub name: &'static str,
    pub text: &'static str,
}

/// The connectors. See `connectors/*.yaml`.
pub const CONNECTORS: [BuiltIn; 8] = [
    BuiltIn { name: "connector:exec", text: include_str!("connectors/exec.yaml") },
    BuiltIn { name: "connector:http", text: include_str!("connectors/http.yaml") },
    BuiltIn { name: "connector:human", text: include_str!("connectors/human.yaml") },
    BuiltIn { name: "connector:jira", text: include_str!("connectors/jira.yaml") },
    BuiltIn { name: "connector:linear", text: include_str!("connectors/linear.yaml") },
    BuiltIn { name: "connector:mailchimp", text: include_str!("connectors/mailchimp.yaml") },
    BuiltIn { name: "connector:slack", text: include_str!("connectors/slack.yaml") },
    BuiltIn { name: "connector:webhook", text: include_str!("connectors/webhook.yaml") },
];

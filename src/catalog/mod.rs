//! Data compiled in: the built-in profiles, connectors and checklists.
//!
//! In: nothing. Out: texts, to be read by `core::manifest` like any file of a user. Imports nothing.
//! Deliberately absent: code. What is wrong with a figure or a request is mended in its YAML file.

/// A file of the catalog.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// As diagnostics and `render --explain` call it: `profile:new-product`, `connector:jira`.
    pub name: &'static str,
    pub text: &'static str,
}

/// The profiles of the five launch types, and `standard`, which they all extend. See `profiles/*.yaml`.
pub const PROFILES: [BuiltIn; 6] = [
    BuiltIn { name: "profile:standard", text: include_str!("profiles/standard.yaml") },
    BuiltIn { name: "profile:new-product", text: include_str!("profiles/new_product.yaml") },
    BuiltIn { name: "profile:major-release", text: include_str!("profiles/major_release.yaml") },
    BuiltIn { name: "profile:feature-update", text: include_str!("profiles/feature_update.yaml") },
    BuiltIn { name: "profile:beta-launch", text: include_str!("profiles/beta_launch.yaml") },
    BuiltIn { name: "profile:soft-launch", text: include_str!("profiles/soft_launch.yaml") },
];

/// The checklists that every plan is measured against.
pub const CHECKLISTS: BuiltIn = BuiltIn { name: "checklists", text: include_str!("checklists.yaml") };

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

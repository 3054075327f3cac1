//! Data compiled in: the built-in profiles.
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

/// The profiles of the five launch types, and `standard`, which they all extend. See `profiles/*.yaml`.
pub const PROFILES: [BuiltIn; 6] = [
    BuiltIn { name: "profile:standard", text: include_str!("profiles/standard.yaml") },
    BuiltIn { name: "profile:new-product", text: include_str!("profiles/new_product.yaml") },
    BuiltIn { name: "profile:major-release", text: include_str!("profiles/major_release.yaml") },
    BuiltIn { name: "profile:feature-update", text: include_str!("profiles/feature_update.yaml") },
    BuiltIn { name: "profile:beta-launch", text: include_str!("profiles/beta_launch.yaml") },
    BuiltIn { name: "profile:soft-launch", text: include_str!("profiles/soft_launch.yaml") },
];

//! launchd — GitOps for product launches.
//!
//! Data flows one way: text → [`core::manifest`] → desired; store and executors → observed;
//! [`core::plan`] compares the two at an instant; [`reconcile`] walks the plan and journals each
//! effect; [`ui`] shows what happened. Directories import only what stands left of them in the
//! alphabet (`tests/architecture.rs` holds this).

pub mod catalog;
pub mod core;
pub mod edges;
pub mod reconcile;
pub mod settings;
pub mod ui;
pub mod wiring;

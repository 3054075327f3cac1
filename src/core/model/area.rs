//! Who an activity is for, and when in the launch it belongs.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who an activity is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    #[default]
    Product,
    Marketing,
    Sales,
    Support,
    Monitoring,
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Product => "product",
            Self::Marketing => "marketing",
            Self::Sales => "sales",
            Self::Support => "support",
            Self::Monitoring => "monitoring",
        })
    }
}

/// The three parts of a launch. `launch` is entered only when every milestone of `pre_launch` is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    #[default]
    PreLaunch,
    Launch,
    PostLaunch,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::PreLaunch => "pre_launch",
            Self::Launch => "launch",
            Self::PostLaunch => "post_launch",
        })
    }
}

/// The status of a milestone or of a launch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Planned,
    InProgress,
    Completed,
    /// Not complete although its due date passed.
    Delayed,
    Cancelled,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Planned => "planned",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Delayed => "delayed",
            Self::Cancelled => "cancelled",
        })
    }
}

//! The area plans as written: resources, marketing, sales, support, monitoring.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    activity::Activity,
    either::ListOr,
    table::Table,
    text::{Amount, Currency, Duration, Scalar, Share, When},
};
use crate::core::model::{area::Phase, name::Id};

/// People that the launch takes from one discipline.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Demand {
    /// How many people. Example: `5`.
    pub people: Option<Amount>,
    /// For how many weeks. Example: `4`.
    pub weeks: Option<Amount>,
    /// The team they come from; its capacity is checked. Default: the area's owner, else a team named after the
    /// discipline, such as `engineering-team`. Example: `platform-team`.
    pub team: Option<String>,
    /// When they start. Default: so that they end at the target date.
    pub start: Option<When>,
}

/// A named stretch of an area's time line.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Window {
    /// When it opens: its activities do not start before. Example: `T-4w`.
    pub start: Option<When>,
    /// When it closes: its activities are due then. Example: `T`.
    pub end: Option<When>,
    /// The part of the launch. Default: by the window's dates against the target date.
    pub phase: Option<Phase>,
    /// The milestone that its activities belong to. Default: the area's milestone in that phase.
    pub milestone: Option<Id>,
    /// Who does its activities. Default: the area's owner.
    pub owner: Option<String>,
    /// A list of names, each a task for a person: `[email_campaign, pr_briefings]`; or, as under a milestone, a mapping
    /// from ids to activities with `uses` and `with`.
    pub activities: Option<ListOr<Table<Activity>>>,
}

/// How the launch is brought to people.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Marketing {
    /// Who answers for marketing. Default: `marketing-team`.
    pub owner: Option<String>,
    /// Ways to reach people: `email_marketing`, `content_marketing`, `social_media`, `paid_advertising`, `pr_relations`,
    /// `community_outreach`, or your own.
    pub channels: Option<Vec<Id>>,
    /// Whom it is for; two launches to one audience in one week are reported. Example: `[developers, enterprise]`.
    pub audiences: Option<Vec<String>>,
    /// What is said, everywhere the same.
    pub messaging: Option<Messaging>,
    /// Stretches of time with their activities, by id: `pre_launch`, `launch_week`, `post_launch`.
    pub timeline: Option<Table<Window>>,
    /// The money and where it goes.
    pub budget: Option<Budget>,
    /// Figures to reach, by metric. Example: `{ signups: 500 }`.
    pub targets: Option<Table<Amount>>,
}

/// The words of the launch.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Messaging {
    /// What it gives people, in one sentence. Default: `Introducing` and the launch's title.
    pub value_proposition: Option<String>,
    /// The points that every text makes. Default: the goals.
    pub key_messages: Option<Vec<String>>,
    /// How it sounds. Default: `professional`.
    pub tone: Option<String>,
    /// What the reader is asked to do. Default: `Sign up now`.
    pub call_to_action: Option<String>,
}

/// Money, exact to the cent.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// All of it. Example: `120000`.
    pub total: Option<Amount>,
    /// Its currency, as ISO 4217 writes it. Default: `USD`.
    pub currency: Option<Currency>,
    /// Which share goes where; the shares add up to 1. Example: `{ paid_advertising: 0.6, content_marketing: 40% }`.
    pub allocation: Option<Table<Share>>,
    /// What is promised already, paid or not, by channel. Example: `{ paid_advertising: 30000 }`.
    pub committed: Option<Table<Amount>>,
    /// What is paid already, by channel. Example: `{ paid_advertising: 12500.50 }`.
    pub spent: Option<Table<Amount>>,
}

/// How the launch is sold.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sales {
    /// Who answers for sales. Default: `sales-team`.
    pub owner: Option<String>,
    /// Ways to sell: `direct_sales`, `channel_partners`, `salesforce`, `inside_sales`, or your own.
    pub channels: Option<Vec<Id>>,
    /// Figures to reach. Example: `{ new_customers: 100, enterprise_deals: 20 }`.
    pub targets: Option<Table<Amount>>,
    /// Stretches of time with their activities, by id: `pre_launch`, `launch_week`, `post_launch`.
    pub timeline: Option<Table<Window>>,
    /// How much is asked of the sales team, by window: `pre_launch`, `launch_week`, `post_launch`.
    pub quotas: Option<Table<Quota>>,
}

/// What the sales team does in one window.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Quota {
    /// Calls a day. Example: `50`.
    pub calls_per_day: Option<Amount>,
    /// Demonstrations a week. Example: `20`.
    pub demos_per_week: Option<Amount>,
    /// Proposals a week. Example: `10`.
    pub proposals_per_week: Option<Amount>,
}

/// How customers are helped.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Support {
    /// Who answers for support. Default: `support-team`.
    pub owner: Option<String>,
    /// Ways to be reached: `email`, `phone`, `chat`, `knowledge_base`, `community_forum`, or your own.
    pub channels: Option<Vec<Id>>,
    /// What each level of service gives: `standard`, `priority`, `enterprise`.
    pub levels: Option<Table<SupportLevel>>,
    /// What is promised to each level.
    pub sla_targets: Option<Table<SlaTarget>>,
    /// Stretches of time with their activities, by id.
    pub timeline: Option<Table<Window>>,
}

/// A level of service.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SupportLevel {
    /// The first answer comes within this time. Example: `4h`.
    pub response_time: Option<Duration>,
    /// When somebody is there, as hours/days. Example: `24/7`.
    pub availability: Option<String>,
}

/// A promise to one level of service.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SlaTarget {
    /// The first answer comes within this time. Example: `1h`.
    pub response_time: Option<Duration>,
    /// The share of time in which the product works. Example: `99.9%`.
    pub availability: Option<Share>,
    /// The share of requests that are solved. Example: `0.95`.
    pub resolution_rate: Option<Share>,
}

/// What is watched.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Monitoring {
    /// Who answers for monitoring. Default: the launch's owner.
    pub owner: Option<String>,
    /// What is watched: `traffic`, `conversions`, `errors`, `performance`, `uptime`, or names of this launch's `metrics`.
    pub metrics: Option<Vec<Id>>,
    /// From where on somebody is told, by figure. Example: `{ error_rate: 0.01, response_time: 24h }`.
    pub alert_thresholds: Option<Table<Scalar>>,
    /// Where it is looked at: addresses of dashboards.
    pub dashboards: Option<Vec<String>>,
    /// What to do when it goes wrong: addresses of runbooks.
    pub runbooks: Option<Vec<String>>,
    /// Stretches of time with their activities, by id.
    pub timeline: Option<Table<Window>>,
}

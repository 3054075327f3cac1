//! What area plans ask for in figures and names: none below zero, no channel twice or misspelt.

use rust_decimal::Decimal;

use super::Lowering;
use crate::core::{
    manifest::{library::nearest, place::Step, problem::Problem},
    model::name::Id,
};

const MARKETING: [&str; 6] =
    ["email_marketing", "content_marketing", "social_media", "paid_advertising", "pr_relations", "community_outreach"];
const SALES: [&str; 4] = ["direct_sales", "channel_partners", "salesforce", "inside_sales"];
const SUPPORT: [&str; 5] = ["email", "phone", "chat", "knowledge_base", "community_forum"];

impl Lowering<'_> {
    /// Targets and quotas of the areas that are below zero.
    pub(super) fn area_figures(&mut self) {
        let spec = self.input.spec;
        let (marketing, sales) = (spec.marketing.as_ref(), spec.sales.as_ref());
        let targets = [
            ("marketing", marketing.and_then(|m| m.targets.as_ref())),
            ("sales", sales.and_then(|s| s.targets.as_ref())),
        ];
        for (area, targets) in targets {
            for (name, amount) in targets.into_iter().flat_map(|t| t.iter()) {
                let path = [Step::Key(area), Step::Key("targets"), Step::Key(name.as_str())];
                self.at_least_zero(amount.0, name.as_str(), &path);
            }
        }
        for (window, quota) in sales.and_then(|s| s.quotas.as_ref()).into_iter().flat_map(|t| t.iter()) {
            let figures = [
                ("calls_per_day", quota.calls_per_day),
                ("demos_per_week", quota.demos_per_week),
                ("proposals_per_week", quota.proposals_per_week),
            ];
            for (field, amount) in figures.into_iter().filter_map(|(f, a)| Some((f, a?))) {
                let path = [Step::Key("sales"), Step::Key("quotas"), Step::Key(window.as_str()), Step::Key(field)];
                self.at_least_zero(amount.0, field, &path);
            }
        }
    }

    fn at_least_zero(&mut self, figure: Decimal, name: &str, path: &[Step<'_>]) {
        if figure >= Decimal::ZERO {
            return;
        }
        let detail = format!("`{name}` is to reach {}, and nothing can be counted below 0.", figure.normalize());
        let problem = Problem::error("area/negative-target", self.span(path), "a target below zero", detail);
        self.problem(problem.hint("Write the figure that is to be reached, without a minus."));
    }

    /// Channels that are listed twice, or are nearly called like one that every launch has.
    pub(super) fn channels(&mut self) {
        let spec = self.input.spec;
        self.channels_of("marketing", spec.marketing.as_ref().and_then(|m| m.channels.as_deref()), &MARKETING);
        self.channels_of("sales", spec.sales.as_ref().and_then(|s| s.channels.as_deref()), &SALES);
        self.channels_of("support", spec.support.as_ref().and_then(|s| s.channels.as_deref()), &SUPPORT);
    }

    fn channels_of(&mut self, area: &str, channels: Option<&[Id]>, usual: &[&str]) {
        let channels = channels.unwrap_or_default();
        for (i, channel) in channels.iter().enumerate() {
            let span = self.span(&[Step::Key(area), Step::Key("channels"), Step::Index(i)]);
            let is_usual = usual.contains(&channel.as_str());
            if channels[..i].contains(channel) {
                let detail = format!("`{channel}` is there already.");
                let problem = Problem::warning("area/channel-twice", span, "a channel that is there twice", detail);
                self.problem(problem.hint("Take one of them out."));
            } else if let Some(near) = nearest(channel.as_str(), usual.iter().copied()).filter(|_| !is_usual) {
                let detail = format!("`{channel}` is nearly `{near}`, and most likely misspelt.");
                let problem =
                    Problem::warning("area/unknown-channel", span, "a channel of nearly a known name", detail);
                self.problem(problem.hint(format!("Did you mean `{near}`? Another name of your own is fine.")));
            }
        }
    }
}

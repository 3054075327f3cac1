//! The figures of the launch domain against the resolved plan of each of the five types.

use launchd::core::{
    manifest::resolve::load,
    model::{
        area::Phase,
        launch::{Launch, LaunchType, Policy},
        source::SourceFile,
    },
};
use serde_json::{Value, json};

/// One row of each table, by type.
struct Figures {
    kind: LaunchType,
    /// Engineering, marketing, sales, support: people × weeks.
    people: [(u64, u64); 4],
    channels: &'static [&'static str],
    /// pre_launch, launch_week, post_launch.
    marketing: [(&'static str, &'static str); 3],
    budget: u64,
    allocation: &'static [(&'static str, f64)],
    sales_channels: &'static [&'static str],
    targets: &'static [(&'static str, u64)],
    sales: [(&'static str, &'static str); 3],
    /// Calls a day, demos a week, proposals a week.
    quotas: [(u64, Option<u64>, u64); 3],
    /// Standard, priority, enterprise: response time, availability.
    levels: [(&'static str, &'static str); 3],
}

const WINDOWS: [&str; 3] = ["pre_launch", "launch_week", "post_launch"];
const SHORT: [(&str, &str); 3] = [("T-1w", "T"), ("T", "T+3d"), ("T+7d", "T+2w")];

const fn small(kind: LaunchType) -> Figures {
    Figures {
        kind,
        people: [(2, 1), (1, 1), (1, 1), (1, 1)],
        channels: &["email_marketing", "content_marketing"],
        marketing: SHORT,
        budget: 5_000,
        allocation: &[("email_marketing", 0.8), ("content_marketing", 0.2)],
        sales_channels: &["direct_sales", "salesforce"],
        targets: &[("expansion_customers", 25), ("enterprise_deals", 5)],
        sales: SHORT,
        quotas: [(30, Some(5), 2), (40, Some(15), 5), (50, None, 10)],
        levels: [("24h", "24/5"), ("12h", "24/7"), ("8h", "24/7")],
    }
}

const FIGURES: [Figures; 5] = [
    Figures {
        kind: LaunchType::NewProduct,
        people: [(5, 4), (3, 4), (2, 4), (2, 4)],
        channels: &[
            "email_marketing",
            "content_marketing",
            "social_media",
            "paid_advertising",
            "pr_relations",
            "community_outreach",
        ],
        marketing: [("T-4w", "T"), ("T", "T+1w"), ("T+1w", "T+4w")],
        budget: 100_000,
        allocation: &[
            ("paid_advertising", 0.4),
            ("content_marketing", 0.3),
            ("pr_relations", 0.2),
            ("community_outreach", 0.1),
        ],
        sales_channels: &["direct_sales", "channel_partners", "salesforce", "inside_sales"],
        targets: &[("new_customers", 100), ("expansion_customers", 50), ("enterprise_deals", 20)],
        sales: [("T-2w", "T"), ("T", "T+1w"), ("T+1w", "T+4w")],
        quotas: [(50, Some(20), 10), (80, Some(30), 20), (100, None, 30)],
        levels: [("24h", "24/7"), ("4h", "24/7"), ("1h", "24/7")],
    },
    Figures {
        kind: LaunchType::MajorRelease,
        people: [(3, 2), (2, 2), (2, 2), (2, 2)],
        channels: &["email_marketing", "content_marketing", "social_media", "paid_advertising", "pr_relations"],
        marketing: [("T-2w", "T"), ("T", "T+1w"), ("T+1w", "T+2w")],
        budget: 50_000,
        allocation: &[("paid_advertising", 0.5), ("content_marketing", 0.3), ("pr_relations", 0.2)],
        sales_channels: &["direct_sales", "channel_partners", "salesforce"],
        targets: &[("expansion_customers", 50), ("enterprise_deals", 10)],
        sales: [("T-2w", "T"), ("T", "T+1w"), ("T+1w", "T+2w")],
        quotas: [(40, Some(10), 5), (60, Some(20), 10), (80, None, 20)],
        levels: [("24h", "24/5"), ("8h", "24/7"), ("4h", "24/7")],
    },
    small(LaunchType::FeatureUpdate),
    Figures {
        channels: &["email_marketing", "content_marketing", "community_outreach"],
        budget: 10_000,
        allocation: &[("content_marketing", 0.6), ("community_outreach", 0.4)],
        ..small(LaunchType::BetaLaunch)
    },
    small(LaunchType::SoftLaunch),
];

fn resolved(kind: LaunchType) -> Launch {
    let text = format!(
        "apiVersion: launchd/v1\nkind: Launch\nmetadata: {{ name: atlas }}\nspec:\n  title: Atlas\n  launch_type: {}\n  \
         target_date: 2027-04-01T09:00\n  goals: [Delight customers]\n",
        kind.as_str()
    );
    let file = SourceFile { path: "atlas.yaml".into(), bytes: text.as_bytes().into() };
    let loaded = load(&[file], &Policy::default());
    let told: Vec<_> = loaded.all_diagnostics().collect();
    assert!(told.is_empty(), "{told:?}");
    Launch::clone(loaded.launches[0].launch.as_ref().unwrap())
}

fn table<T: Into<Value> + Copy>(rows: &[(&str, T)]) -> Value {
    rows.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect::<serde_json::Map<_, _>>().into()
}

#[test]
fn every_type_has_the_five_milestones_with_their_dates_owners_and_order() {
    let weeks = |launch: &Launch, n: i64| launch.target + chrono::TimeDelta::weeks(n);
    for kind in LaunchType::ALL {
        let launch = resolved(kind);
        for (id, title, due, owner, need, phase) in [
            ("product_readiness", "Product Readiness", -2, "Product Team", None, Phase::PreLaunch),
            (
                "marketing_campaign_ready",
                "Marketing Campaign Ready",
                -1,
                "Marketing Team",
                Some("product_readiness"),
                Phase::PreLaunch,
            ),
            ("sales_readiness", "Sales Readiness", 0, "Sales Team", Some("marketing_campaign_ready"), Phase::PreLaunch),
            ("launch_day", "Launch Day", 0, "Launch Team", Some("sales_readiness"), Phase::Launch),
            ("post_launch_review", "Post-Launch Review", 2, "Product Team", Some("launch_day"), Phase::PostLaunch),
        ] {
            let milestone = launch.milestone(&id.parse().unwrap()).unwrap();
            let needs: Vec<_> = milestone.needs.iter().map(ToString::to_string).collect();
            assert_eq!(
                (milestone.title.as_str(), milestone.due, milestone.owner.as_deref(), milestone.phase),
                (title, weeks(&launch, due), Some(owner), phase),
                "{kind:?} {id}"
            );
            assert_eq!(needs, need.into_iter().collect::<Vec<_>>(), "{kind:?} {id}");
        }
    }
}

#[test]
fn every_type_has_its_figures() {
    for figures in FIGURES {
        let launch = resolved(figures.kind);
        let at = |pointer: &str| -> Value {
            let (area, rest) = pointer.trim_start_matches('/').split_once('/').unwrap();
            launch.areas[area].pointer(&format!("/{rest}")).cloned().unwrap_or_default()
        };
        let expect = |pointer: &str, value: Value| assert_eq!(at(pointer), value, "{:?} {pointer}", figures.kind);
        for (who, (people, weeks)) in ["engineering", "marketing", "sales", "support"].into_iter().zip(figures.people) {
            expect(&format!("/resources/{who}/people"), people.into());
            expect(&format!("/resources/{who}/weeks"), weeks.into());
        }
        expect("/marketing/channels", json!(figures.channels));
        expect("/marketing/messaging/value_proposition", "Introducing Atlas".into());
        expect("/marketing/messaging/key_messages", json!(["Delight customers"]));
        expect("/marketing/messaging/tone", "professional".into());
        expect("/marketing/messaging/call_to_action", "Sign up now".into());
        expect("/marketing/budget/total", figures.budget.into());
        expect("/marketing/budget/currency", "USD".into());
        expect("/marketing/budget/allocation", table(figures.allocation));
        expect("/sales/channels", json!(figures.sales_channels));
        expect("/sales/targets", table(figures.targets));
        for (i, window) in WINDOWS.into_iter().enumerate() {
            for (area, (start, end)) in [("marketing", figures.marketing[i]), ("sales", figures.sales[i])] {
                expect(&format!("/{area}/timeline/{window}/start"), start.into());
                expect(&format!("/{area}/timeline/{window}/end"), end.into());
            }
            let (calls, demos, proposals) = figures.quotas[i];
            expect(&format!("/sales/quotas/{window}/calls_per_day"), calls.into());
            expect(&format!("/sales/quotas/{window}/demos_per_week"), demos.map_or(Value::Null, Value::from));
            expect(&format!("/sales/quotas/{window}/proposals_per_week"), proposals.into());
        }
        expect("/support/channels", json!(["email", "phone", "chat", "knowledge_base", "community_forum"]));
        let sla = [("24h", 99.5, 0.9), ("4h", 99.9, 0.95), ("1h", 99.99, 0.99)];
        for (i, level) in ["standard", "priority", "enterprise"].into_iter().enumerate() {
            let (response, availability) = figures.levels[i];
            expect(
                &format!("/support/levels/{level}"),
                json!({ "response_time": response, "availability": availability }),
            );
            let (response, availability, rate) = sla[i];
            let promise = json!({ "response_time": response, "availability": availability, "resolution_rate": rate });
            expect(&format!("/support/sla_targets/{level}"), promise);
        }
        expect("/monitoring/metrics", json!(["traffic", "conversions", "errors", "performance", "uptime"]));
        let thresholds =
            json!({ "traffic_drop": 0.5, "error_rate": 0.01, "response_time": "24h", "availability": 99.5 });
        expect("/monitoring/alert_thresholds", thresholds);
    }
}

#[test]
fn every_type_has_the_activities_of_its_windows_at_their_times() {
    let activities: [&[&str]; 3] = [
        &["email_campaign", "content_marketing", "social_media_posts", "pr_briefings"],
        &["email_campaign", "social_media_campaign", "pr_briefings", "paid_ads"],
        &["email_campaign", "content_marketing", "social_media_engagement", "case_studies", "webinars"],
    ];
    let days = |text: &str| -> i64 {
        let rest = text.strip_prefix('T').unwrap();
        let Some(number) = rest.get(..rest.len().saturating_sub(1)).filter(|n| !n.is_empty()) else { return 0 };
        number.parse::<i64>().unwrap() * if rest.ends_with('w') { 7 } else { 1 }
    };
    for figures in FIGURES {
        let launch = resolved(figures.kind);
        let mut count = 0;
        for ((window, names), (start, end)) in WINDOWS.into_iter().zip(activities).zip(figures.marketing) {
            for name in names {
                let id = format!("marketing_{window}_{name}").parse().unwrap();
                let activity = launch.activity(&id).unwrap_or_else(|| panic!("{:?} has no {id}", figures.kind));
                assert_eq!(activity.not_before, Some(launch.target + chrono::TimeDelta::days(days(start))), "{id}");
                assert_eq!(activity.due, launch.target + chrono::TimeDelta::days(days(end)), "{id}");
                count += 1;
            }
        }
        assert_eq!(launch.activities.len(), count);
    }
}

/// The five checklists, as the domain has them.
const CHECKLISTS: [(&str, &[&str]); 5] = [
    (
        "planning",
        &[
            "Plan created",
            "Milestones defined",
            "Resources allocated",
            "Marketing plan",
            "Sales plan",
            "Support plan",
            "Timeline",
        ],
    ),
    (
        "pre_launch",
        &[
            "Product ready",
            "Marketing campaigns ready",
            "Sales team trained",
            "Support team trained",
            "Monitoring configured",
            "Alerts configured",
        ],
    ),
    (
        "launch_day",
        &[
            "Launch event executed",
            "Campaigns launched",
            "Sales outreach initiated",
            "Support available",
            "Monitoring active",
            "All systems operational",
        ],
    ),
    (
        "post_launch",
        &[
            "Performance monitored",
            "Feedback collected",
            "Issues resolved",
            "Metrics tracked",
            "Reports generated",
            "Review completed",
        ],
    ),
    (
        "monitoring",
        &[
            "Metrics defined",
            "Alerts configured",
            "Dashboards created",
            "Reports scheduled",
            "Incident response defined",
            "Runbooks documented",
        ],
    ),
];

#[test]
fn every_checklist_has_its_items() {
    let lists = launchd::core::review::checklist::definitions();
    let read: Vec<_> =
        lists.iter().map(|l| (l.list.as_str(), l.items.iter().map(|i| i.title.as_str()).collect::<Vec<_>>())).collect();
    let wanted: Vec<_> = CHECKLISTS.iter().map(|(list, items)| (*list, items.to_vec())).collect();
    assert_eq!(read, wanted);
}

//! `portfolio -o markdown`: a table and a list, for a wiki or a channel.

use crate::{
    core::portfolio::Overview,
    ui::render::{
        markdown::escape,
        portfolio::{proposal, sentence},
        text::count,
        words,
    },
};

/// The first `limit` launches as a table, then all collisions.
pub fn markdown(overview: &Overview, limit: usize) -> String {
    let mut out = String::from("# Portfolio\n\n");
    if overview.entries.is_empty() {
        out += "No launch fits.\n";
        return out;
    }
    out += "| Launch | Launch day | Status | Milestones | Owner |\n|---|---|---|---|---|\n";
    for entry in overview.entries.iter().take(limit) {
        let day = entry.target.with_timezone(&entry.zone).format("%Y-%m-%d");
        let (done, total) = entry.milestones;
        let owner = entry.owner.as_deref().map_or_else(|| "nobody".to_owned(), escape);
        out += &format!(
            "| **{}** {} | {day} | {} | {done} of {total} | {owner} |\n",
            entry.launch,
            escape(&entry.title),
            words::status(entry.status)
        );
    }
    if overview.entries.len() > limit {
        out += &format!("\n… and {} more.\n", overview.entries.len() - limit);
    }
    out += "\n## Collisions\n\n";
    if overview.collisions.is_empty() {
        out += "None.\n";
    }
    for collision in &overview.collisions {
        let names: Vec<String> = collision.launches.iter().map(|n| format!("**{n}**")).collect();
        out += &format!("- {}: {}\n", names.join(", "), escape(&sentence(collision)));
        for one in collision.moves.iter().take(20) {
            let zone = overview.entries.iter().find(|e| e.launch == one.launch).map_or(chrono_tz::UTC, |e| e.zone);
            let (what, breaks) = proposal(one, zone);
            out += &format!("  - {}\n", escape(&what));
            for text in breaks {
                out += &format!("    - {}\n", escape(&text));
            }
        }
        if collision.moves.len() > 20 {
            out += &format!("  - … and {} more to move\n", count(collision.moves.len() - 20, "launch", "launches"));
        }
    }
    out
}

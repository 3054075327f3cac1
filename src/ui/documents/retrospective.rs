//! The retrospective: what finished launches took against what their profile promises, and a patch of the profile.

use super::{
    block::{Block, Document, Inline, Item, Table, Tone, dim, plain, strong},
    parts, phrases,
};
use crate::{
    core::review::retrospective::{Change, Field, Figures, Finding, Lesson, Reason, Retrospective, Verdict, Why},
    ui::render::text::{count, list},
};

/// The document. `command` makes the same report again, without its form.
pub fn document(retrospective: &Retrospective, command: &str) -> Document {
    let title = match retrospective.lessons.as_slice() {
        [only] => format!("Retrospective: {}", only.profile),
        _ => "Retrospective".to_owned(),
    };
    let is_one = retrospective.lessons.len() == 1;
    let mut blocks = Vec::new();
    if retrospective.lessons.is_empty() {
        let text = "No launch is finished yet, so there is nothing to learn from.";
        blocks.push(Block::Callout(Tone::Neutral, vec![plain(text)]));
    }
    for lesson in &retrospective.lessons {
        if !is_one {
            blocks.push(Block::Heading(2, lesson.profile.to_string()));
        }
        blocks.extend(lesson_of(lesson, if is_one { 2 } else { 3 }));
    }
    if !retrospective.patches.is_empty() {
        blocks.push(parts::heading("The patch"));
        let apply = Inline::Code(format!("{command} -o patch | git apply"));
        blocks.push(Block::Paragraph(vec![plain("To take it over as it stands: "), apply]));
        blocks.extend(retrospective.patches.iter().map(|p| Block::Lines(p.text.clone())));
    }
    let at = phrases::moment(retrospective.at, chrono_tz::UTC);
    Document { title, subtitle: vec![dim(format!("Made by launchd on {at}."))], blocks }
}

fn lesson_of(lesson: &Lesson, level: u8) -> Vec<Block> {
    let (tone, text) = in_short(lesson);
    let mut blocks = vec![Block::Callout(tone, vec![plain(text)])];
    if lesson.launches.is_empty() {
        return blocks;
    }
    let names: Vec<String> = lesson.launches.iter().map(ToString::to_string).collect();
    blocks.push(Block::Paragraph(vec![plain(format!("Measured on {}.", list(&names, 12)))]));
    blocks.push(Block::Heading(level, "Planned against actual".to_owned()));
    blocks.push(figures(lesson));
    let legend = "P50: half of them were at least so late; P90: one in ten was. “By itself” leaves out the wait for what a \
                  milestone needs.";
    blocks.push(Block::Paragraph(vec![dim(legend)]));
    blocks.push(Block::List(lesson.findings.iter().map(finding).collect()));
    if lesson.changes.is_empty() {
        return blocks;
    }
    blocks.push(Block::Heading(level, "What is proposed".to_owned()));
    let rule = "T does not move. What takes longer than planned gets its real length, and before T the time for it is \
                found before it: what it needs becomes due earlier. The median is planned for: as often early as late.";
    blocks.push(Block::Paragraph(vec![plain(rule)]));
    blocks.push(Block::List(lesson.changes.iter().map(|c| change(c, lesson)).collect()));
    if let Some(line) = &lesson.plan_line {
        let text =
            format!("{} is built in, so the patch writes a profile over it. A plan uses it with ", lesson.profile);
        blocks.push(Block::Paragraph(vec![plain(text), Inline::Code(line.clone()), plain(" under its spec.")]));
    }
    blocks
}

/// The sentence that must be read.
fn in_short(lesson: &Lesson) -> (Tone, String) {
    let Lesson { profile, needed, .. } = lesson;
    let launches = count(lesson.launches.len(), "finished launch", "finished launches");
    let is_measured = |f: &&Finding| !matches!(f.verdict, Verdict::TooFew { .. });
    let overruns = lesson.findings.iter().filter(|f| matches!(f.verdict, Verdict::Overruns { .. })).count();
    if lesson.launches.is_empty() {
        return (
            Tone::Neutral,
            format!("No launch made from {profile} is finished yet; {needed} are needed to learn."),
        );
    }
    if lesson.findings.iter().filter(is_measured).count() == 0 {
        let have = count(lesson.samples(), "launch was", "launches were");
        let text = format!(
            "Too little is known: of {launches}, {have} promised what {profile} promises now, and {needed} are needed \
             before anything is proposed."
        );
        return (Tone::Neutral, text);
    }
    match (overruns, lesson.changes.len()) {
        (0, _) => (Tone::Good, format!("{launches} say that {profile} plans what things take. Nothing to change.")),
        (n, 0) => {
            let what = count(n, "milestone takes", "milestones take");
            (Tone::Warn, format!("{launches} say that {what} longer than {profile} plans, and nothing in it can move."))
        }
        (n, _) => {
            let what = count(n, "milestone takes", "milestones take");
            (Tone::Warn, format!("{launches} say that {what} longer than {profile} plans. A patch is proposed."))
        }
    }
}

fn figures(lesson: &Lesson) -> Block {
    let cell = |figures: Option<Figures>, pick: fn(Figures) -> i64| match figures {
        Some(figures) => vec![plain(phrases::signed_days(pick(figures)))],
        None => vec![dim("–")],
    };
    let row = |f: &Finding| {
        vec![
            vec![strong(f.title.clone())],
            vec![plain(f.due.clone())],
            vec![plain(f.samples.to_string())],
            cell(f.late, |f| f.p50_seconds),
            cell(f.late, |f| f.p90_seconds),
            cell(f.own, |f| f.p50_seconds),
            cell(f.own, |f| f.p90_seconds),
        ]
    };
    Block::Table(Table {
        head: vec!["Milestone", "Due", "Launches", "Late P50", "P90", "By itself P50", "P90"],
        rows: lesson.findings.iter().map(row).collect(),
        right: &[2, 3, 4, 5, 6],
    })
}

/// What the figures of a milestone mean, in a sentence.
fn finding(finding: &Finding) -> Item {
    let (tone, text) = match finding.verdict {
        Verdict::TooFew { have, need } => {
            (Tone::Neutral, format!("too few samples: {} of {need} needed", count(have, "launch", "launches")))
        }
        Verdict::InTime => (Tone::Good, "in time, or less than a day late".to_owned()),
        Verdict::Inherited => (Tone::Neutral, "late because of what it waits for, and not by itself".to_owned()),
        Verdict::Harmless => {
            (Tone::Neutral, "late, and what waits for it was in time nevertheless: left as it is".to_owned())
        }
        Verdict::Overruns { days } => (Tone::Warn, format!("takes {} longer than planned", phrases::days(days))),
    };
    let mut item = Item::new(vec![strong(finding.title.clone()), plain(format!(": {text}"))]).tone(tone);
    if !finding.causes.is_empty() {
        let causes: Vec<String> = finding.causes.iter().map(|(reason, n)| format!("{} {n}×", word(*reason))).collect();
        item = item.below(vec![plain(format!("the late ones waited last for: {}", list(&causes, 6)))]);
    }
    if finding.other_promises > 0 {
        let n = count(finding.other_promises, "launch", "launches");
        item = item.below(vec![dim(format!("{n} with another promise than {} left out", finding.due))]);
    }
    item
}

fn word(reason: Reason) -> &'static str {
    match reason {
        Reason::Work => "its own work",
        Reason::Milestone => "another milestone",
        Reason::Approval => "an approval",
        Reason::Check => "a check",
        Reason::Block => "a block",
        Reason::Unknown => "nothing on record",
    }
}

fn change(change: &Change, lesson: &Lesson) -> Item {
    let title = |id: &crate::core::model::name::Id| {
        let found = lesson.findings.iter().find(|f| f.milestone == *id);
        found.map_or_else(|| id.to_string(), |f| f.title.clone())
    };
    let titles = |ids: &[crate::core::model::name::Id]| list(&ids.iter().map(title).collect::<Vec<_>>(), 4);
    let days = phrases::days(change.days.abs());
    let how = match (change.field, change.days < 0) {
        (Field::Duration, _) => format!("{days} longer"),
        (_, true) => format!("{days} earlier"),
        (_, false) => format!("{days} later"),
    };
    let field = change.field.as_str();
    let text = match &change.to {
        Some(to) => format!(": {field} {} → {to}, {how}", change.from),
        None => format!(": {field} {} should be {how}; it is no date that launchd can move", change.from),
    };
    let why = match &change.why {
        Why::Longer { days } => format!(
            "It takes {} longer than planned by itself{}.",
            phrases::days(*days),
            if change.field == Field::Due { ", and begins with T or after it" } else { "" }
        ),
        Why::Feeds { milestones } => {
            let verb = if milestones.len() == 1 { "needs" } else { "need" };
            format!("{} {verb} more time after it, and keeps the date.", titles(milestones))
        }
        Why::OnlyDate { days } => format!(
            "It takes {} longer than planned. It needs nothing and has no duration, so an earlier date is the only way to \
             say that its work begins earlier.",
            phrases::days(*days)
        ),
        Why::After { milestones } => format!("It waits for {}, which ends later.", titles(milestones)),
        Why::Stays { from } => format!("It counts from {}, which moves; its own day stays.", title(from)),
    };
    let item = Item::new(vec![strong(change.title.clone()), plain(text)]).tone(Tone::Warn).below(vec![plain(why)]);
    if lesson.by_hand.contains(&change.milestone) {
        return item.below(vec![plain("The patch cannot hold it: change it by hand.")]);
    }
    item
}

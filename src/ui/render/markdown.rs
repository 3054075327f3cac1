//! `diff -o markdown`: a comment for a pull request, that CI can find and update.

use super::{
    View,
    plan::{self, Shown, Tally},
    text::{Page, clean, count},
};

/// Hidden first line: the comment that has it is launchd's, to be updated instead of adding another.
pub const MARKER: &str = "<!-- launchd:diff -->";

/// GitHub refuses comments of more than 65,536 characters; some room is left for what CI adds.
pub const LIMIT: usize = 60_000;
/// What is kept free for closing tags and the sentence that says what was cut.
const RESERVE: usize = 1_000;
/// A launch gets at least so much, or is cut out as a whole.
const LEAST: usize = 2_500;

/// One collapsible part a launch that changes; the others are counted. At most [`LIMIT`] bytes.
pub fn comment(plans: &[Shown<'_>], view: &View) -> String {
    let view = View { colour: false, width: view.width.max(100), ..view.clone() };
    let talking: Vec<&Shown<'_>> = plans.iter().filter(|s| plan::speaks(s.plan, &view)).collect();
    let tally = Tally::of(plans.iter().map(|s| s.plan));
    let mut out = format!("{MARKER}\n### launchd\n\n**{}**\n\n", tally.sentence(plans.len()));
    for (i, shown) in talking.iter().enumerate() {
        let head = summary(shown, talking.len() <= 3);
        let mut page = Page::new();
        plan::launch(&mut page, shown, &view);
        let body = flush_signs(page.render(&view).trim_end());
        let fence = fence(&body);
        let frame = head.len() + 2 * fence.len() + 40;
        // A fair share each, so that one long launch does not push out the others; what one leaves, the next have.
        let left = LIMIT.saturating_sub(RESERVE + out.len());
        let room = (left / (talking.len() - i)).max(LEAST).min(left).saturating_sub(frame);
        let (shown_body, cut) = cut_at_line(&body, room);
        if shown_body.is_empty() {
            out += &format!(
                "_Cut: {}. `launchd diff` shows all._\n\n",
                count(talking.len() - i, "more launch", "more launches")
            );
            break;
        }
        out += &format!("{head}\n{fence}diff\n{shown_body}{fence}\n\n");
        if cut > 0 {
            out += &format!(
                "_Cut: {} of this launch. `launchd diff {}` shows all._\n\n",
                count(cut, "more line", "more lines"),
                shown.plan.launch
            );
        }
        out += "</details>\n\n";
    }
    let silent = plans.len() - talking.len();
    if silent > 0 {
        out += &format!("{}\n", count(silent, "launch is as its file asks.", "launches are as their files ask."));
    }
    out
}

fn summary(shown: &Shown<'_>, open: bool) -> String {
    let plan = shown.plan;
    let tally = Tally::of(std::iter::once(plan)).sentence(1);
    let tally = tally.strip_prefix("Plan: ").unwrap_or(&tally);
    format!(
        "<details{}><summary><b>{}</b> {}: {tally}</summary>\n",
        if open { " open" } else { "" },
        plan.launch,
        escape(&plan.title)
    )
}

/// Text of a user within HTML within Markdown: no tags, no links, no mentions, no references.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // A character reference is text to Markdown, and breaks up @mentions, #references and links.
            '@' | '#' | '*' | '_' | '[' | ']' | '(' | ')' | '`' | '~' | '\\' | '!' | '|' | ':' | '/' | '.' => {
                out.push_str(&format!("&#{};", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

/// GitHub colours a line of a diff by its first column, so the signs go there; `~` is written `!`, which it knows.
fn flush_signs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let trimmed = line.trim_start();
        let indent = &line[..line.len() - trimmed.len()];
        let mut signs = trimmed.splitn(2, ' ');
        match (signs.next(), signs.next()) {
            (Some(sign @ ("+" | "-" | "~" | "!")), Some(rest)) => {
                out.push_str(if sign == "~" { "!" } else { sign });
                out.push_str(indent);
                out.push_str(rest);
            }
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

/// Longer than any run of backticks in what it encloses.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

/// As many whole lines as fit, and how many do not.
fn cut_at_line(text: &str, room: usize) -> (&str, usize) {
    if text.len() <= room {
        return (text, 0);
    }
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        if end + line.len() > room {
            break;
        }
        end += line.len();
    }
    (&text[..end], text[end..].lines().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_text_is_only_text() {
        let escaped = escape("<img src=x onerror=alert(1)> @team #12 [x](javascript:1) **b**");
        for bad in ["<", "@team", "#12", "](", "**", "javascript:"] {
            assert!(!escaped.contains(bad), "{escaped}");
        }
    }

    #[test]
    fn a_fence_is_longer_than_any_run_of_backticks_inside() {
        assert_eq!(fence("a"), "```");
        assert_eq!(fence("a ````` b"), "``````");
    }

    #[test]
    fn a_cut_falls_between_lines() {
        assert_eq!(cut_at_line("one\ntwo\nthree\n", 9), ("one\ntwo\n", 1));
        assert_eq!(cut_at_line("one\n", 2), ("", 1));
    }
}

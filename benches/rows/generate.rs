//! Plan files of any number, the same each time: what the rows about files measure.

use std::{fmt::Write, fs, io, path::Path};

use launchd::core::model::source::SourceFile;

/// One launch of so many milestones, each with one activity: 13 KB at 50 milestones.
pub fn plan(n: usize, milestones: usize) -> String {
    let mut text = String::with_capacity(milestones * 280 + 512);
    let (day, tier) = (1 + n % 28, 1 + n % 3);
    _ = write!(
        text,
        "apiVersion: launchd/v1\nkind: Launch\nmetadata:\n  name: launch-{n:05}\n  labels: {{ product: product-{}, tier: \"{tier}\" }}\n\
         spec:\n  title: Launch number {n}\n  description: What everybody waits for, in release {n}.\n  launch_type: feature_update\n  \
         target_date: 2027-04-{day:02}T09:00\n  timezone: America/New_York\n  owner: team-{}\n  goals:\n    \
         - {{ name: new_customers, target: \">= {}\", by: T+30d }}\n  milestones:\n",
        n % 400,
        n % 90,
        100 + n % 50,
    );
    for m in 0..milestones {
        let due = milestones - m;
        _ = write!(
            text,
            "    step_{m:02}:\n      title: Step {m} of launch {n}\n      due: T-{due}d\n      owner: team-{}\n",
            (n + m) % 90
        );
        if m > 0 {
            _ = writeln!(text, "      needs: [step_{:02}]", m - 1);
        }
        _ = write!(text, "      activities:\n        work_{m:02}:\n");
        _ = match m % 5 {
            0 => write!(
                text,
                "          uses: jira/issue\n          with:\n            project: ATL\n            issue_type: Task\n            \
                 summary: \"{{{{ launch.title }}}}: step {m} is ready\"\n"
            ),
            1 => write!(
                text,
                "          uses: exec/command\n          with: {{ command: [./ci/check.sh, \"{{{{ launch.name }}}}\", step-{m}] }}\n"
            ),
            _ => write!(
                text,
                "          title: Do step {m}\n          area: marketing\n          with:\n            \
                 instructions: Everything that has to be done for step {m} before the day.\n"
            ),
        };
    }
    text
}

/// So many plans in memory, in 100 folders.
pub fn files(count: usize, milestones: usize) -> Vec<SourceFile> {
    let file = |n: usize| SourceFile { path: path(n).into(), bytes: plan(n, milestones).into_bytes().into() };
    (0..count).map(file).collect()
}

/// [`files`] on disk.
///
/// # Errors
/// A file cannot be written.
pub fn write(dir: &Path, count: usize, milestones: usize) -> io::Result<()> {
    for n in 0..count {
        let path = dir.join(path(n));
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, plan(n, milestones))?;
    }
    Ok(())
}

fn path(n: usize) -> String {
    format!("team-{:02}/launch-{n:05}.yaml", n % 100)
}

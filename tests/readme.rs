//! The README's commands, run as they stand in a fresh copy of the samples.

use std::{fs, path::Path};

use crate::{
    base::without_revisions,
    cli::{copy, launchd},
};

/// The commands of each `console` block, without their prompt.
fn blocks(text: &str) -> Vec<Vec<&str>> {
    let parts = text.split("```console\n").skip(1);
    parts
        .map(|part| {
            let block = part.split("```").next().unwrap();
            block.lines().map(|line| line.strip_prefix("$ ").unwrap_or_else(|| panic!("no command: {line}"))).collect()
        })
        .collect()
}

/// What `diff` documents of its exit codes; everything else is done.
fn documented(args: &[&str]) -> i32 {
    i32::from(args[0] == "diff")
}

#[test]
fn the_readmes_commands_do_what_it_says_in_a_fresh_copy_of_the_samples() {
    let folder = tempfile::tempdir().unwrap();
    copy(Path::new("launches"), &folder.path().join("launches"));
    fs::copy("launchd.yaml", folder.path().join("launchd.yaml")).unwrap();
    let readme = fs::read_to_string("README.md").unwrap();
    let mut shown = String::new();
    let mut ran = 0;
    for command in blocks(&readme).into_iter().flatten() {
        // This very test is part of it.
        if command == "cargo test" {
            continue;
        }
        let line = command.strip_prefix("cargo run -- ").unwrap_or_else(|| panic!("`{command}` is not run here"));
        let mut args: Vec<&str> = line.split(' ').collect();
        if args[0] == "apply" {
            // On a terminal it asks; here nobody could answer.
            args.push("--yes");
        }
        let (code, out, err) = launchd(folder.path(), &args);
        assert_eq!(code, documented(&args), "{command}\n{out}{err}");
        shown += &format!("$ {command}\n{out}{err}\n");
        ran += 1;
    }
    assert!(ran >= 6, "only {ran} commands were found");
    insta::assert_snapshot!(without_revisions(&shown));
}

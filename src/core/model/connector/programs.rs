//! Which programs settings allow: patterns, a line each, against the words of a command.

/// Whether one of the patterns allows the command.
pub fn is_allowed(allow: &[String], command: &[String]) -> bool {
    allow.iter().any(|pattern| allows(pattern, command))
}

/// The same of a command that has templates in it, whose words nobody knows yet: whether it could be allowed.
pub fn may_be_allowed(allow: &[String], command: &[String]) -> bool {
    let is_open = |word: &String| word.contains("{{");
    match command.first() {
        Some(program) if is_open(program) => true,
        Some(program) if command.iter().any(is_open) => {
            let first = |pattern: &String| pattern.split_whitespace().next().unwrap_or_default().to_owned();
            allow.iter().any(|pattern| glob(normal(&first(pattern)), normal(program), Some('/')))
        }
        Some(_) => is_allowed(allow, command),
        // That it is empty is told elsewhere.
        None => true,
    }
}

/// `./ci/x` and `ci/x` are the same program; `x` alone is looked for on the path and is another one.
fn normal(program: &str) -> &str {
    let mut rest = program;
    while let Some(less) = rest.strip_prefix("./") {
        rest = less.trim_start_matches('/');
    }
    if rest.contains('/') { rest } else { program }
}

fn allows(pattern: &str, command: &[String]) -> bool {
    let words: Vec<&str> = pattern.split_whitespace().collect();
    let (Some(program), Some(written)) = (words.first(), command.first()) else { return false };
    if !glob(normal(program), normal(written), Some('/')) {
        return false;
    }
    let (mut words, arguments) = (&words[1..], &command[1..]);
    if words.is_empty() {
        return true;
    }
    let open = words.last() == Some(&"**");
    if open {
        words = &words[..words.len() - 1];
    }
    let enough = if open { arguments.len() >= words.len() } else { arguments.len() == words.len() };
    enough && words.iter().zip(arguments).all(|(word, argument)| glob(word, argument, None))
}

/// `*` stands for any characters, but never for `stop`. Linear in space, at worst quadratic in time.
fn glob(pattern: &str, text: &str, stop: Option<char>) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            (p, t) = (p + 1, t + 1);
        } else if let Some((at, from)) = star.filter(|(_, from)| Some(text[*from]) != stop) {
            star = Some((at, from + 1));
            (p, t) = (at + 1, from + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_pattern_allows_its_program_and_no_other() {
        for (pattern, command, allowed) in [
            ("./ci/*.sh", "./ci/smoke.sh x y", true),
            ("ci/*.sh", "./ci/smoke.sh", true),
            ("./ci/*", "ci/deep/er.sh", false),
            ("./smoke.sh", "smoke.sh", false),
            ("smoke.sh", "./smoke.sh", false),
            ("python3 tools/*.py **", "python3 tools/a.py --x 1", true),
            ("python3 tools/*.py **", "python3 -c print(1)", false),
            ("git tag *", "git tag v1", true),
            ("git tag *", "git tag v1 -f", false),
            ("git tag *", "git push", false),
            ("*", "sh -c true", true),
            ("*", "/bin/sh", false),
            ("", "sh", false),
            ("a*b*c", "aXbXbc", true),
            ("a*b*c", "aXbXbd", false),
        ] {
            assert_eq!(allows(pattern, &words(command)), allowed, "{pattern} / {command}");
        }
    }

    #[test]
    fn a_word_that_is_not_known_yet_may_be_allowed() {
        let allow = ["git tag *".to_owned()];
        let may = |command: &str| may_be_allowed(&allow, &words(command));
        assert!(may("git {{x}}") && may("{{program}} x"));
        assert!(!may("rm {{x}}") && !may("git push"));
    }
}

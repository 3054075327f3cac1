//! Every environment variable that launchd reads, declared in this one place.

use std::collections::BTreeMap;

/// One variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    pub name: &'static str,
    /// What it does, as `launchd --help` says it.
    pub about: &'static str,
}

/// The settings file; otherwise it is searched from the working folder upwards.
pub const CONFIG: Variable = Variable { name: "LAUNCHD_CONFIG", about: "the settings file, as --config" };
/// Where state is kept.
pub const STORE: Variable = Variable { name: "LAUNCHD_STORE", about: "the state file, as --store" };
/// The folder of plan files.
pub const SOURCE: Variable = Variable { name: "LAUNCHD_SOURCE", about: "the folder of plan files, as --source" };
/// Who is doing this. Approvals count people by it, so CI and chat bots set it to the person that they act for.
pub const ACTOR: Variable =
    Variable { name: "LAUNCHD_ACTOR", about: "who approves, marks done and so on; otherwise the name of the login" };
/// Log filter, e.g. `info` or `launchd=debug`; `-v` and `-q` are simpler.
pub const LOG: Variable = Variable { name: "LAUNCHD_LOG", about: "which log lines are written, e.g. launchd=debug" };
/// Stands still at this instant: for transcripts and demonstrations. Never for a launch that is meant.
pub const CLOCK: Variable =
    Variable { name: "LAUNCHD_CLOCK", about: "an instant at which the clock stands still, for transcripts" };
/// `human` or `json`.
pub const LOG_FORMAT: Variable = Variable { name: "LAUNCHD_LOG_FORMAT", about: "human or json log lines" };
/// No colour at all, whatever its value: <https://no-color.org>.
pub const NO_COLOR: Variable = Variable { name: "NO_COLOR", about: "any value: no colour" };
/// Of what is printed; otherwise as wide as the terminal.
pub const COLUMNS: Variable = Variable { name: "COLUMNS", about: "how wide the output is" };

/// All of them, in the order in which help shows them.
pub const VARIABLES: [Variable; 9] = [CONFIG, STORE, SOURCE, ACTOR, LOG, LOG_FORMAT, CLOCK, NO_COLOR, COLUMNS];

/// Where the login's name is found, first one wins. They are the system's, not launchd's.
const LOGIN: [&str; 3] = ["USER", "LOGNAME", "USERNAME"];

/// The variables as they are at the start. Tests hand in their own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Of this process. A variable that is no UTF-8, or empty, counts as not set.
    pub fn of_process() -> Self {
        let names = VARIABLES.iter().map(|v| v.name).chain(LOGIN);
        let mut found: Self = names.filter_map(|name| Some((name, std::env::var(name).ok()?))).collect();
        if found.login().is_none() {
            found.0.extend(account().map(|name| (LOGIN[0].to_owned(), name)));
        }
        found
    }

    pub fn get(&self, variable: Variable) -> Option<&str> {
        self.text(variable.name)
    }

    /// A variable that is a whole number; anything else counts as not set.
    pub fn number(&self, variable: Variable) -> Option<usize> {
        self.get(variable)?.parse().ok()
    }

    /// The login's name.
    pub fn login(&self) -> Option<&str> {
        LOGIN.iter().find_map(|name| self.text(name))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|text| text.trim()).filter(|text| !text.is_empty())
    }
}

/// The account that this process runs as, by the system's list: containers and cron set no variable for it.
fn account() -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let id = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    let mut fields = accounts.lines().map(|line| line.split(':').collect::<Vec<_>>());
    fields.find(|f| f.get(2) == Some(&id.as_str())).map(|f| f[0].to_owned())
}

impl<'a> FromIterator<(&'a str, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (&'a str, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

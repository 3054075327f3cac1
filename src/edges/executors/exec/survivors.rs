//! Ends everything that a program started: its process group, and what left the group.

use std::time::Duration;

/// The variable that marks every process of one run, for those that start a group or session of their own.
pub(super) const RUN: &str = "LAUNCHD_RUN";

/// A process group that ends with this value.
pub(super) struct Group {
    id: libc::pid_t,
    run: String,
    ended: bool,
}

/// How often survivors are looked for, a millisecond apart: one may fork while we look, or take its time to die.
const ROUNDS: u32 = 500;
/// The same where nothing else can run meanwhile.
const ROUNDS_BLOCKING: u32 = 20;
const PAUSE: Duration = Duration::from_millis(1);

impl Group {
    /// `leader` is the process id of a child that was started as the leader of its group.
    pub fn new(leader: u32, run: String) -> Option<Self> {
        // 0 and 1 would mean our own group, and everyone.
        libc::pid_t::try_from(leader).ok().filter(|id| *id > 1).map(|id| Self { id, run, ended: false })
    }

    pub fn ask_to_end(&self) {
        self.signal(libc::SIGTERM);
    }

    /// Ends the group at once.
    pub fn kill(&self) {
        self.signal(libc::SIGKILL);
    }

    /// Ends the group, and whoever left it, and returns when they are gone.
    pub async fn end(mut self) {
        self.kill();
        for _ in 0..ROUNDS {
            if end_marked(&self.run) {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        self.ended = true;
    }

    fn signal(&self, signal: libc::c_int) {
        // SAFETY: kill takes two integers and touches no memory of ours. The id is that of a group which we
        // created; no such group any more is an answer, not a fault.
        unsafe { libc::kill(-self.id, signal) };
    }
}

impl Drop for Group {
    /// A call that was given up half-way leaves nothing running either.
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        self.kill();
        for _ in 0..ROUNDS_BLOCKING {
            if end_marked(&self.run) {
                return;
            }
            std::thread::sleep(PAUSE);
        }
    }
}

/// Ends processes that were started with the run's mark; true when none is left. That finds one that became the
/// leader of a session of its own (a daemon). Where there is no `/proc`, only the group is ended.
fn end_marked(run: &str) -> bool {
    let mark = format!("{RUN}={run}");
    let Ok(entries) = std::fs::read_dir("/proc") else { return true };
    let ids = entries.flatten().filter_map(|e| e.file_name().to_str()?.parse::<libc::pid_t>().ok());
    let mut none = true;
    for id in ids.filter(|id| *id > 1) {
        match std::fs::read(format!("/proc/{id}/environ")) {
            Ok(environ) if environ.split(|byte| *byte == 0).any(|entry| entry == mark.as_bytes()) => {
                // SAFETY: kill takes two integers and touches no memory of ours.
                unsafe { libc::kill(id, libc::SIGKILL) };
                none = false;
            }
            // In the middle of an exec a process shows no environment: look again. Kernel threads have no program.
            Ok(environ) if environ.is_empty() && in_exec(id) => none = false,
            _ => {}
        }
    }
    none
}

/// Whether a process without an environment has a program, and is younger than a moment; a program that cleared
/// its own environment stays without one.
fn in_exec(id: libc::pid_t) -> bool {
    let running = std::fs::read_link(format!("/proc/{id}/exe")).is_ok();
    running && std::fs::read(format!("/proc/{id}/cmdline")).is_ok_and(|words| words.is_empty())
}

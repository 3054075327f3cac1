//! Ends everything that a program started: its process group, and what left the group.

/// The variable that marks every process of one run, for those that start a group or session of their own.
pub(super) const RUN: &str = "LAUNCHD_RUN";

/// A process group that ends with this value.
pub(super) struct Group {
    id: libc::pid_t,
    run: String,
}

impl Group {
    /// `leader` is the process id of a child that was started as the leader of its group.
    pub fn new(leader: u32, run: String) -> Option<Self> {
        // 0 and 1 would mean our own group, and everyone.
        libc::pid_t::try_from(leader).ok().filter(|id| *id > 1).map(|id| Self { id, run })
    }

    pub fn ask_to_end(&self) {
        self.signal(libc::SIGTERM);
    }

    /// At once, and whoever left the group too.
    pub fn end(&self) {
        self.signal(libc::SIGKILL);
        end_marked(&self.run);
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
        self.end();
    }
}

/// A process that became the leader of a session of its own (a daemon) is still found by the variable it was
/// started with. Where there is no `/proc`, only the group is ended.
#[cfg(target_os = "linux")]
fn end_marked(run: &str) {
    let mark = format!("{RUN}={run}");
    // A process may fork while we look: look again until none is left, within reason.
    for _ in 0..8 {
        let marked = marked_processes(mark.as_bytes());
        if marked.is_empty() {
            return;
        }
        for id in marked {
            // SAFETY: as above.
            unsafe { libc::kill(id, libc::SIGKILL) };
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn end_marked(_run: &str) {}

#[cfg(target_os = "linux")]
fn marked_processes(mark: &[u8]) -> Vec<libc::pid_t> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let ids = entries.flatten().filter_map(|e| e.file_name().to_str()?.parse::<libc::pid_t>().ok());
    ids.filter(|id| *id > 1)
        .filter(|id| {
            std::fs::read(format!("/proc/{id}/environ"))
                .is_ok_and(|environ| environ.split(|byte| *byte == 0).any(|entry| entry == mark))
        })
        .collect()
}

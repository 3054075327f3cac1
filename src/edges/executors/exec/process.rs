//! One program from start to end: fed, read, limited, and ended with all it started.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use tokio::{
    io::AsyncWriteExt,
    process::{Child, Command},
};

use super::{
    limits::{Printed, read_to_end},
    survivors::{Group, RUN},
};

/// All that a program gets.
pub(super) struct Program {
    pub file: PathBuf,
    pub arguments: Vec<String>,
    pub env: BTreeMap<String, String>,
    pub directory: PathBuf,
    pub stdin: Vec<u8>,
    pub timeout: Duration,
}

/// How it ended.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    /// By itself, or by a signal that was not ours.
    Exited(ExitStatus),
    /// By us, at this time limit.
    TimedOut(Duration),
}

/// What it left behind.
#[derive(Debug)]
pub(super) struct Ran {
    pub end: End,
    pub stdout: Printed,
    pub stderr: Printed,
}

/// Between asking to end and ending.
const GRACE: Duration = Duration::from_millis(500);
/// For the pipes to run empty once everyone who held them is gone.
const DRAIN: Duration = Duration::from_secs(2);

/// Unique within this machine as long as it matters: the process id and a count.
fn run_id() -> String {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}", std::process::id(), RUNS.fetch_add(1, Ordering::Relaxed))
}

impl Program {
    /// Runs it to its end. Afterwards no process that it started is left.
    ///
    /// # Errors
    /// It could not be started; it had no effect then.
    pub async fn run(self) -> std::io::Result<Ran> {
        let run = run_id();
        let mut child = Command::new(&self.file)
            .args(&self.arguments)
            .env_clear()
            .envs(&self.env)
            .env(RUN, &run)
            .current_dir(&self.directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let deadline = tokio::time::Instant::now() + self.timeout;
        let group = child.id().and_then(|id| Group::new(id, run));
        let (mut stdout, mut stderr) = (Printed::default(), Printed::default());
        let end = {
            let (pipe_in, pipe_out, pipe_err) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
            let feed = async move {
                if let Some(mut pipe) = pipe_in {
                    // A program that does not read its input closes it; that is its right.
                    let _ = pipe.write_all(&self.stdin).await;
                }
            };
            let pipes = async {
                tokio::join!(feed, read_to_end(pipe_out, &mut stdout), read_to_end(pipe_err, &mut stderr));
            };
            tokio::pin!(pipes);
            let (end, drained) = {
                let ending = ended(&mut child, self.timeout, deadline, group.as_ref());
                tokio::pin!(ending);
                tokio::select! {
                    end = &mut ending => (end?, false),
                    // Its pipes are closed and it runs on: now only its end is waited for.
                    () = &mut pipes => (ending.await?, true),
                }
            };
            // Whoever is left holds the pipes, or works on unseen; both end now.
            if let Some(group) = group {
                group.end().await;
            }
            if !drained {
                let _ = tokio::time::timeout(DRAIN, pipes).await;
            }
            end
        };
        Ok(Ran { end, stdout, stderr })
    }
}

async fn ended(
    child: &mut Child,
    limit: Duration,
    deadline: tokio::time::Instant,
    group: Option<&Group>,
) -> std::io::Result<End> {
    if let Ok(status) = tokio::time::timeout_at(deadline, child.wait()).await {
        return Ok(End::Exited(status?));
    }
    if let Some(group) = group {
        group.ask_to_end();
        if tokio::time::timeout(GRACE, child.wait()).await.is_err() {
            group.kill();
        }
    }
    child.start_kill().ok();
    child.wait().await?;
    Ok(End::TimedOut(limit))
}

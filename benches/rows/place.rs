//! A folder with settings, plans and a store, and the real program run in it.

use std::{
    fs, io,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::generate;

pub struct Place {
    dir: TempDir,
}

impl Place {
    pub fn new(settings: &str) -> io::Result<Self> {
        let dir = tempfile::tempdir_in("target")?;
        let head = "apiVersion: launchd/v1\nkind: Settings\nmetadata: { name: bench }\nspec:\n  installation: bench\n";
        let allowed = "  exec: { allow: [\"./ci/*\"] }\n";
        fs::write(dir.path().join("launchd.yaml"), format!("{head}{allowed}{settings}"))?;
        fs::create_dir(dir.path().join("launches"))?;
        Ok(Self { dir })
    }

    /// With so many plans of which nothing is due yet.
    pub fn with_plans(launches: usize, milestones: usize) -> io::Result<Self> {
        let place = Self::new("")?;
        for n in 0..launches {
            fs::create_dir_all(place.launches().join(format!("team-{:02}", n % 100)))?;
            fs::write(place.plan(n), resting(n, milestones))?;
        }
        Ok(place)
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn launches(&self) -> PathBuf {
        self.path().join("launches")
    }

    pub fn plan(&self, n: usize) -> PathBuf {
        self.launches().join(format!("team-{:02}/launch-{n:05}.yaml", n % 100))
    }

    pub fn store(&self) -> PathBuf {
        self.path().join(".launchd/state.db")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_launchd"));
        command.args(arguments).current_dir(self.path()).env_clear().env("LAUNCHD_ACTOR", "bench");
        command.stdin(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// A daemon, once it answers that it is ready, and how long that took.
    pub fn daemon(&self) -> io::Result<(Daemon, Duration)> {
        let listen = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let start = Instant::now();
        let child = self.command(&["daemon", "--listen", &listen.to_string()]).stdout(Stdio::null()).spawn()?;
        let daemon = Daemon { child };
        while !ready(listen) {
            std::thread::sleep(Duration::from_millis(2));
            if start.elapsed() > Duration::from_secs(300) {
                return Err(io::Error::other("the daemon did not get ready"));
            }
        }
        Ok((daemon, start.elapsed()))
    }
}

/// Ended with SIGKILL when dropped.
pub struct Daemon {
    child: Child,
}

impl Daemon {
    /// Resident memory, KiB.
    pub fn resident(&self) -> io::Result<usize> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap_or_default();
        Ok(line.trim().trim_end_matches(" kB").parse().unwrap_or(0))
    }

    /// Processor time so far, in hundredths of a second.
    pub fn worked(&self) -> io::Result<u64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        Ok(fields.iter().skip(11).take(2).filter_map(|f| f.parse::<u64>().ok()).sum())
    }

    /// Waits until it hardly works any more.
    pub fn rest(&self) -> io::Result<()> {
        loop {
            let before = self.worked()?;
            std::thread::sleep(Duration::from_secs(4));
            if self.worked()? - before <= 2 {
                return Ok(());
            }
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn ready(at: SocketAddr) -> bool {
    use io::{Read, Write};
    let ask = || -> io::Result<String> {
        let mut stream = TcpStream::connect(at)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

/// A plan whose activities start in the month of its launch.
pub fn resting(n: usize, milestones: usize) -> String {
    let mut text = String::new();
    for line in generate::plan(n, milestones).lines() {
        text.push_str(line);
        text.push('\n');
        if line.starts_with("        work_") {
            text.push_str("          start: T-60d\n");
        }
    }
    text
}

//! A folder with settings and plans, and the binary run in it.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Condvar, Mutex},
    time::Instant,
};

use chrono::{TimeDelta, Utc};
use serde_json::Value;

use super::server::{PATIENCE, Server};

pub struct Home {
    folder: tempfile::TempDir,
    pub server: Server,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Home {
    pub fn new() -> Self {
        let home = Self { folder: tempfile::tempdir().unwrap(), server: Server::start() };
        let settings = format!(
            "apiVersion: launchd/v1
kind: Settings
spec:
  installation: e2e
  exec: {{ allow: ['**'], env: [PATH] }}
  server: {{ removal_delay: 1s }}
  policy: {{ once_needs_approval: false, roles: {{ release-managers: [ana] }} }}
  connectors:
    webhook: {{ allow_private_network: true }}
    http: {{ allow_private_network: true }}
    desk: {{ base_url: 'http://{}' }}
",
            home.server.address
        );
        home.write("launchd.yaml", &settings);
        home.write("launches/shared/own.yaml", OWN);
        home
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// As editors save: beside it, then renamed over it.
    pub fn save(&self, path: &str, text: &str) {
        let beside = format!("{path}.swp");
        self.write(&beside, text);
        fs::rename(self.path(&beside), self.path(path)).unwrap();
    }

    /// A launch whose day was an hour ago, with what stands under its one milestone.
    pub fn launch(&self, name: &str, milestone: &str) -> String {
        let target = (Utc::now() - TimeDelta::hours(1)).format("%Y-%m-%dT%H:%M");
        let body = milestone.replace("SERVER", &format!("http://{}", self.server.address));
        format!(
            "apiVersion: launchd/v1
kind: Launch
metadata: {{ name: {name} }}
spec:
  title: {name}
  launch_type: feature_update
  profile: bare
  target_date: {target}
  owner: ana
  milestones:
    ready:
{body}"
        )
    }

    pub fn plan(&self, name: &str, milestone: &str) {
        let text = self.launch(name, milestone);
        self.write(&format!("launches/{name}.yaml"), &text);
    }

    /// Makes a pipe that a program reads from until [`Home::open_pipe`].
    pub fn pipe(&self) -> String {
        let pipe = self.path("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        pipe.to_str().unwrap().to_owned()
    }

    /// Lets the program end that reads from the pipe. Waits until it runs.
    pub fn open_pipe(&self) {
        fs::OpenOptions::new().write(true).open(self.path("pipe")).unwrap().write_all(b"go\n").unwrap();
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_launchd"));
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.current_dir(self.folder.path()).env_clear().env("PATH", path).env("LAUNCHD_ACTOR", "ana");
        command.args(args).stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        ran(&self.command(args).output().unwrap())
    }

    /// Runs as a user whom permissions bind: root without its exemption from them, anybody else as is.
    pub fn run_bound(&self, args: &[&str]) -> Ran {
        use std::os::unix::process::CommandExt;
        let mut command = self.command(args);
        if is_root() {
            // SAFETY: two system calls between fork and exec, without memory or locks.
            unsafe { command.pre_exec(drop_exemptions) };
        }
        ran(&command.output().unwrap())
    }

    /// Runs something that must end with this code.
    pub fn ok(&self, code: i32, args: &[&str]) -> Ran {
        let ran = self.run(args);
        assert_eq!(ran.code, code, "launchd {}\n{}\n{}", args.join(" "), ran.out, ran.err);
        ran
    }

    pub fn json(&self, args: &[&str]) -> Value {
        let mut args = args.to_vec();
        args.extend(["-o", "json"]);
        let ran = self.run(&args);
        serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {ran:?}"))
    }

    /// The launch's status, as `launchd status` says it.
    pub fn status(&self, launch: &str) -> String {
        self.json(&["status", launch])["launches"][0]["status"].as_str().unwrap_or_default().to_owned()
    }

    /// Asks `launchd status` until it says what is waited for.
    pub fn until(&self, launch: &str, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let status = self.json(&["status", launch]);
            if holds(&status["launches"][0]) {
                return status["launches"][0].clone();
            }
            assert!(Instant::now() < end, "waited in vain until {what}: {status:#}");
        }
    }

    pub fn events(&self) -> Vec<Value> {
        self.run(&["events", "-o", "json", "-n", "1000"])
            .out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Reads the audit log until it has an event of this kind.
    pub fn until_written(&self, event: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.events().iter().any(|e| e["event"] == event) {
            assert!(Instant::now() < end, "waited in vain for {event}: {:#?}", self.events());
        }
    }

    pub fn daemon(&self) -> Daemon {
        let daemon = Daemon::start(self.command(&["daemon", "--listen", "127.0.0.1:0"]));
        daemon.until("following");
        daemon
    }
}

/// What it logged so far and whether that is all, with a signal for more.
type Lines = (Mutex<(Vec<String>, bool)>, Condvar);

/// A running daemon; killed when it is dropped.
pub struct Daemon {
    pub child: Child,
    lines: Arc<Lines>,
}

impl Daemon {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let errors = child.stderr.take().unwrap();
        let lines: Arc<Lines> = Arc::default();
        let shared = Arc::clone(&lines);
        std::thread::spawn(move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                shared.0.lock().unwrap().0.push(line);
                shared.1.notify_all();
            }
            shared.0.lock().unwrap().1 = true;
            shared.1.notify_all();
        });
        Self { child, lines }
    }

    /// Waits for a line of its log.
    pub fn until(&self, text: &str) -> String {
        let end = Instant::now() + PATIENCE;
        let mut lines = self.lines.0.lock().unwrap();
        loop {
            if let Some(line) = lines.0.iter().find(|l| l.contains(text)) {
                return line.clone();
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !lines.1, "no `{text}` in\n{}", lines.0.join("\n"));
            lines = self.lines.1.wait_timeout(lines, left).unwrap().0;
        }
    }

    pub fn log(&self) -> String {
        self.lines.0.lock().unwrap().0.join("\n")
    }

    /// The address that probes ask.
    pub fn address(&self) -> String {
        let line = self.until("following");
        let at = line.find("listen=").unwrap() + "listen=".len();
        line[at..].split_whitespace().next().unwrap().to_owned()
    }

    /// Waits until its health, as `/healthz` tells it, is so.
    pub fn healthy(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let health = self.health();
            if holds(&health) {
                return health;
            }
            assert!(Instant::now() < end, "waited in vain until {what}: {health:#}");
        }
    }

    fn health(&self) -> Value {
        let mut stream = std::net::TcpStream::connect(self.address()).unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    pub fn signal(&self, number: libc::c_int) {
        let process = libc::pid_t::try_from(self.child.id()).unwrap();
        // SAFETY: a signal to a child that was not waited for yet.
        unsafe { libc::kill(process, number) };
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        self.signal(libc::SIGTERM);
    }

    /// SIGTERM, and how it ended.
    pub fn stop(mut self) -> (Option<i32>, String) {
        self.terminate();
        let code = self.child.wait().unwrap().code();
        (code, self.log())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ran(output: &std::process::Output) -> Ran {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    // 137: killed, as shells count it.
    Ran { code: output.status.code().unwrap_or(137), out: text(&output.stdout), err: text(&output.stderr) }
}

/// What lets root read and write whatever the permissions say goes from the set that a new program can have.
#[cfg(target_os = "linux")]
fn drop_exemptions() -> std::io::Result<()> {
    const CAP_DAC_OVERRIDE: libc::c_ulong = 1;
    const CAP_DAC_READ_SEARCH: libc::c_ulong = 2;
    for exemption in [CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH] {
        // SAFETY: it takes numbers only.
        if unsafe { libc::prctl(libc::PR_CAPBSET_DROP, exemption, 0, 0, 0) } != 0 {
            return Err(std::io::Error::last_os_error());
        }
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn drop_exemptions() -> std::io::Result<()> {
    Err(std::io::Error::other("run the tests as an ordinary user here: root may read everything"))
}

fn is_root() -> bool {
    // SAFETY: it reads a number of this process.
    unsafe { libc::geteuid() == 0 }
}

pub fn mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A profile with one milestone, and a connector of one's own whose objects are found by a mark.
const OWN: &str = r#"apiVersion: launchd/v1
kind: Profile
metadata: { name: bare }
spec:
  milestones:
    ready: { title: Ready, due: T, phase: pre_launch }
---
apiVersion: launchd/v1
kind: Connector
metadata: { name: desk }
spec:
  title: Desk
  http: { base_url: "http://127.0.0.1" }
  resources:
    ticket:
      title: ticket
      effect: converge
      key: { probe: { settle_seconds: 0 } }
      with:
        type: object
        additionalProperties: false
        required: [summary]
        properties: { summary: { description: What it is about., type: string } }
      find:
        request: { path: /tickets, query: { mark: "{{ key }}" } }
        items: body.tickets
        where: item.mark == key
      read:
        request: { path: "/tickets/{{ object.id }}" }
        absent: [404]
      create:
        - request: { method: POST, path: /tickets, body: { summary: "{{ with.summary }}", mark: "{{ key }}" } }
          id: body.id
      update:
        - request: { method: PATCH, path: "/tickets/{{ object.id }}", body: { summary: "{{ with.summary }}" } }
      close:
        - request: { method: DELETE, path: "/tickets/{{ object.id }}" }
      object: { id: item.id, fields: { summary: item.summary } }
"#;

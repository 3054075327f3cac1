//! What is safe on a stranger's pull request, run in a jail that ends whoever opens a socket, with traps for programs.

#![cfg(target_os = "linux")]

use std::{
    fs::{self, File, FileTimes},
    os::unix::{
        fs::{PermissionsExt, symlink},
        process::{CommandExt, ExitStatusExt},
    },
    path::PathBuf,
    process::{Command, Output},
    time::UNIX_EPOCH,
};

use crate::base::git;

const CANARY: &str = "canary-8c1f";

/// A stranger's repository and what watches over it.
struct Jail {
    folder: tempfile::TempDir,
}

const SETTINGS: &str = "apiVersion: launchd/v1
kind: Settings
spec:
  exec: { allow: ['**', ./trap], env: [PATH, CANARY] }
  connectors:
    webhook: { allow_private_network: true }
    http: { allow_private_network: true }
    slack: { auth: { scheme: bearer, token: { file: ../secret } } }
    linear: { auth: { scheme: header, name: authorization, value: { env: CANARY } } }
";

const PLAN: &str = "apiVersion: launchd/v1
kind: Launch
metadata: { name: evil }
spec:
  title: Evil
  launch_type: feature_update
  target_date: 2027-04-01T09:00
  owner: ana
  milestones:
    product_readiness:
      activities:
        ran: { uses: exec/command, with: { command: [./trap], observe: [./trap] } }
        sent: { uses: webhook/object, with: { url: 'http://127.0.0.1:9/objects', body: { text: one } } }
        told: { uses: slack/message, embargo: 2026-11-23, start: 2026-11-23, with: { channel: C0LAUNCHES, text: one } }
      checks:
        - { name: runs, run: [./trap] }
        - { name: asks, http: 'http://127.0.0.1:9/health' }
";

impl Jail {
    fn new() -> Self {
        let jail = Self { folder: tempfile::tempdir().unwrap() };
        jail.write("secret", CANARY);
        jail.forget_reading();
        jail.traps();
        jail.repository();
        jail
    }

    /// Whoever reads the secret from now on leaves a later time on it.
    fn forget_reading(&self) {
        let times = FileTimes::new().set_accessed(UNIX_EPOCH).set_modified(UNIX_EPOCH);
        File::options().write(true).open(self.path("secret")).unwrap().set_times(times).unwrap();
    }

    fn was_read(&self) -> bool {
        fs::metadata(self.path("secret")).unwrap().accessed().unwrap() != UNIX_EPOCH
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn trap(&self, path: &str) {
        self.write(path, &format!("#!/bin/sh\necho \"$0 $*\" >> '{}'\n", self.path("sprung").display()));
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Whatever is looked for in PATH is a trap, but git itself.
    fn traps(&self) {
        for name in ["sh", "bash", "env", "true", "curl", "ssh", "less", "cat", "sed", "gpg", "git-remote-ext", "trap"]
        {
            self.trap(&format!("bin/{name}"));
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let git = std::env::split_paths(&path).map(|p| p.join("git")).find(|p| p.exists()).expect("git is installed");
        symlink(git, self.path("bin/git")).unwrap();
    }

    /// A commit, and a working tree that differs from it; git is configured to run traps wherever it can be.
    fn repository(&self) {
        self.write("repo/launchd.yaml", SETTINGS);
        self.write("repo/launches/evil.yaml", PLAN);
        self.write("repo/launches/lost.yaml", &PLAN.replace("name: evil", "name: lost"));
        self.write("repo/.gitattributes", "* filter=evil diff=evil\n");
        self.trap("repo/trap");
        self.write("outside.yaml", &format!("password: {CANARY}\n"));
        symlink("../../outside.yaml", self.path("repo/launches/link.yaml")).unwrap();
        let repo = self.path("repo");
        git(&repo, &["init", "-q", "-b", "main"]);
        git(&repo, &["add", "."]);
        git(&repo, &["commit", "-q", "-m", "first"]);
        self.write("repo/launches/evil.yaml", &PLAN.replace("text: one", "text: two"));
        let trap = self.path("bin/trap").display().to_string();
        for hook in ["post-checkout", "fsmonitor-watchman", "post-index-change", "reference-transaction", "pre-auto-gc"]
        {
            self.trap(&format!("repo/.git/hooks/{hook}"));
        }
        for (key, value) in [
            ("core.repositoryformatversion", "1"),
            ("extensions.partialClone", "origin"),
            ("remote.origin.promisor", "true"),
            ("remote.origin.url", &format!("ext::{trap}")),
            ("protocol.ext.allow", "always"),
            ("core.fsmonitor", &trap),
            ("core.pager", &trap),
            ("core.sshCommand", &trap),
            ("core.askPass", &trap),
            ("credential.helper", &trap),
            ("diff.external", &trap),
            ("diff.evil.textconv", &trap),
            ("diff.evil.command", &trap),
            ("filter.evil.smudge", &trap),
            ("filter.evil.clean", &trap),
            ("filter.evil.required", "true"),
        ] {
            git(&repo, &["config", key, value]);
        }
        self.lose("launches/lost.yaml");
    }

    /// Takes an object away, so that git would have to fetch it.
    fn lose(&self, path: &str) {
        let repo = self.path("repo");
        let name = Command::new("git").arg("-C").arg(&repo).args(["rev-parse", &format!("main:{path}")]).output();
        let name = String::from_utf8(name.unwrap().stdout).unwrap();
        let (folder, file) = name.trim().split_at(2);
        fs::remove_file(repo.join(".git/objects").join(folder).join(file)).unwrap();
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_launchd"));
        command.current_dir(self.path("repo")).env_clear().args(args);
        command.env("PATH", self.path("bin")).env("HOME", self.folder.path()).env("CANARY", CANARY);
        command.env("LAUNCHD_CLOCK", "2026-11-23T09:00:00Z");
        for proxy in ["http_proxy", "https_proxy", "ALL_PROXY"] {
            command.env(proxy, "http://127.0.0.1:9");
        }
        for program in ["PAGER", "GIT_PAGER", "EDITOR", "GIT_ASKPASS", "SSH_ASKPASS", "GIT_EXTERNAL_DIFF", "GIT_SSH"] {
            command.env(program, self.path("bin/trap"));
        }
        // SAFETY: two system calls between fork and exec, on memory that was there before the fork.
        unsafe { command.pre_exec(no_sockets) };
        command.output().unwrap()
    }

    /// What went wrong with the jail's rules, if anything did.
    fn broken(&self, output: &Output) -> Vec<String> {
        let mut broken = Vec::new();
        if output.status.signal() == Some(libc::SIGSYS) {
            broken.push("it opened a socket".to_owned());
        }
        if let Ok(sprung) = fs::read_to_string(self.path("sprung")) {
            broken.push(format!("it ran {sprung}"));
        }
        if self.was_read() {
            broken.push("it read the secret".to_owned());
        }
        for text in [&output.stdout, &output.stderr] {
            if String::from_utf8_lossy(text).contains(CANARY) {
                broken.push("it shows a secret".to_owned());
            }
        }
        if self.path("repo/.launchd").exists() {
            broken.push("it left something behind".to_owned());
        }
        broken
    }
}

/// From here on, whoever asks for a socket is ended by SIGSYS, and so is every program that it starts.
fn no_sockets() -> std::io::Result<()> {
    const LOAD_NUMBER: u16 = 0x20;
    const JUMP_IF_EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    const ALLOW: u32 = 0x7fff_0000;
    const KILL_PROCESS: u32 = 0x8000_0000;
    let line = |code, jt, k| libc::sock_filter { code, jt, jf: 0, k };
    let mut program = [
        line(LOAD_NUMBER, 0, 0),
        line(JUMP_IF_EQUAL, 2, libc::SYS_socket as u32),
        line(JUMP_IF_EQUAL, 1, libc::SYS_io_uring_setup as u32),
        line(RETURN, 0, ALLOW),
        line(RETURN, 0, KILL_PROCESS),
    ];
    let filter = libc::sock_fprog { len: 5, filter: program.as_mut_ptr() };
    // SAFETY: the filter lives until the call returns; the kernel copies it.
    let done = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const filter) == 0
    };
    if done { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}

#[test]
fn what_a_stranger_sends_is_judged_without_network_credential_or_program() {
    let jail = Jail::new();
    for (args, code, told) in [
        (&["validate"][..], 1, "link.yaml"),
        (&["validate", "-o", "json"], 1, "link.yaml"),
        (&["validate", "-o", "sarif"], 1, "link.yaml"),
        (&["validate", "-o", "github"], 1, "link.yaml"),
        (&["validate", "launches/evil.yaml"], 1, "link.yaml"),
        (&["render", "evil"], 0, "./trap"),
        (&["render", "evil", "--explain"], 0, "./trap"),
        (&["render", "evil", "-o", "json"], 0, "./trap"),
        (&["diff", "--base", "main"], 2, "two"),
        (&["diff", "--base", "main", "-o", "json"], 2, "two"),
        (&["diff", "--base", "main", "-o", "markdown"], 2, "two"),
        (&["diff", "--base", "main", "evil", "--milestone", "product_readiness"], 2, "two"),
    ] {
        let output = jail.run(args);
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(jail.broken(&output), Vec::<String>::new(), "launchd {}\n{text}", args.join(" "));
        assert_eq!(output.status.code(), Some(code), "launchd {}\n{text}", args.join(" "));
        assert!(text.contains(told), "launchd {}\n{text}", args.join(" "));
    }
}

/// The jail is tried with a command that may do all of it.
#[test]
fn what_looks_at_the_world_does_not_get_out_of_the_same_jail() {
    let jail = Jail::new();
    fs::remove_file(jail.path("repo/launches/link.yaml")).unwrap();
    let only = |activity: &str| {
        let lines = PLAN.lines().filter(|l| !l.starts_with("        ") || l.trim_start().starts_with(activity));
        lines.filter(|l| !l.contains("checks:")).map(|l| format!("{l}\n")).collect::<String>()
    };
    let mut tried = vec![("ran:", "it ran"), ("sent:", "it opened a socket")];
    fs::read(jail.path("secret")).unwrap();
    if jail.was_read() {
        tried.push(("told:", "it read the secret"));
    } else {
        eprintln!("skipped in part: this file system does not say when a file was read");
    }
    for (activity, expected) in tried {
        jail.forget_reading();
        jail.write("repo/launches/evil.yaml", &only(activity));
        let output = jail.run(&["apply", "evil", "--yes"]);
        let broken = jail.broken(&output).join("; ");
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(broken.contains(expected), "{activity} {broken}\n{text}");
        let _ = fs::remove_file(jail.path("sprung"));
    }
}

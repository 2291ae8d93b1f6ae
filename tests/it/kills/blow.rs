//! How a command is struck down: killed at one call to the system, before or after it takes effect, or at a moment; or
//! one of its calls is refused, or all of a kind from one on.
//!
//! `strace` counts calls per thread, so it cannot be told to kill at the n-th call of a program. It holds every call that
//! matters for some milliseconds instead, before it is made and before its result is told, and its log is read meanwhile:
//! whoever reads it counts the calls of all threads and kills the program while the n-th one is held.

use super::server::{self, signal, wait, with_folder};
use rustix::process::Signal;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

/// The calls that make a file be there, gone, durable, named otherwise or shorter. Not every system has all of them.
const CALLS: &[&str] = &[
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "unlink",
    "unlinkat",
    "rmdir",
    "mkdir",
    "mkdirat",
    "fsync",
    "fdatasync",
    "ftruncate",
];
/// How long a call is held, microseconds: several times what it takes to read a line and send a signal.
const HELD_US: u32 = 3_000;
/// A program that is refused its calls may try again and again; then it is killed, as a person would do.
const OBSTINATE: Duration = Duration::from_secs(4);
/// No command of a round takes as long.
const ENDLESS: Duration = Duration::from_mins(1);

/// Before or after a call takes effect.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    Before,
    After,
}

/// What a program is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refused {
    Sync,
    Rename,
    Unlink,
    Page,
}

impl Refused {
    pub(super) const ALL: [Self; 4] = [Self::Sync, Self::Rename, Self::Unlink, Self::Page];

    fn calls(self) -> &'static [&'static str] {
        match self {
            Self::Sync => &["fsync", "fdatasync"],
            Self::Rename => &["rename", "renameat", "renameat2"],
            Self::Unlink => &["unlink", "unlinkat"],
            Self::Page => &["pwrite64"],
        }
    }
}

/// One way to strike.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Blow {
    /// Killed at the n-th call, from 1 on.
    Call(usize, Side),
    /// Killed after this time.
    Moment(Duration),
    /// Of each thread the n-th call of a kind fails with an I/O error, and where `on` all that follow.
    Refuse { what: Refused, nth: u32, on: bool },
    /// Only counts the calls.
    Count,
}

/// A program under a blow.
pub(super) struct Struck {
    child: Child,
    blow: Blow,
    /// The program's number, once it is known: `child` may be `strace`.
    pub(super) pid: Arc<OnceLock<u32>>,
    /// Answers calls counted, and whether it killed.
    watcher: Option<JoinHandle<(usize, bool)>>,
}

/// How it went.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ended {
    /// It was killed.
    pub(super) killed: bool,
    /// The program said that it did what it was asked.
    pub(super) done: bool,
    /// Calls that were seen.
    pub(super) n_calls: usize,
}

/// True where calls can be counted here: `strace` is there, and may trace.
pub(super) fn has_strace() -> bool {
    let mut probe = Command::new("strace");
    probe.args(["-f", "--seccomp-bpf", "-qq", "-e", "trace=unlink", "-e", "inject=unlink:delay_exit=1"]);
    probe.args(["-o", "/dev/null", "true"]).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

impl Struck {
    /// Starts the program on `dir` with `args`; `log` gets what it says, `fifo` is a path for a pipe.
    pub(super) fn start(blow: Blow, dir: &Path, args: &[&str], log: &Path, fifo: &Path) -> Self {
        let said = File::options().create(true).append(true).open(log).unwrap();
        let traced = |calls: &[&str], inject: &str| {
            // A call that this system does not have is passed over.
            let calls = calls.iter().map(|call| format!("?{call}")).collect::<Vec<_>>().join(",");
            let mut command = Command::new("strace");
            command.args(["-f", "--seccomp-bpf", "-qq", "-s", "0", "-o"]).arg(fifo);
            command.args(["-e", &format!("trace=execve,{calls}"), "-e", &format!("inject={calls}:{inject}")]);
            command.arg(env!("CARGO_BIN_EXE_soundings"));
            with_folder(command, dir)
        };
        let (mut command, target) = match blow {
            Blow::Moment(_) => (server::soundings(dir), None),
            Blow::Call(..) | Blow::Count => {
                let held = format!("delay_enter={HELD_US}:delay_exit={HELD_US}");
                let target = if let Blow::Call(nth, side) = blow { Some((nth, side)) } else { None };
                (traced(CALLS, &held), Some(target))
            }
            Blow::Refuse { what, nth, on } => {
                let errors = format!("error=EIO:when={nth}{}", if on { "+" } else { "" });
                (traced(what.calls(), &errors), Some(None))
            }
        };
        let pid = Arc::new(OnceLock::new());
        let watcher = target.map(|target| start_watching(fifo.to_owned(), target, Arc::clone(&pid)));
        let child = command.args(args).stdout(Stdio::piped()).stderr(said).spawn().unwrap();
        if watcher.is_none() {
            pid.get_or_init(|| child.id());
        }
        Self { child, blow, pid, watcher }
    }

    /// What it says, for whoever wants to read it before the end.
    pub(super) fn take_out(&mut self) -> ChildStdout {
        self.child.stdout.take().unwrap()
    }

    /// Waits for the end, or makes it.
    pub(super) fn end(mut self) -> Ended {
        let limit = match self.blow {
            Blow::Moment(time) => time,
            Blow::Refuse { .. } => OBSTINATE,
            Blow::Call(..) | Blow::Count => ENDLESS,
        };
        // Nobody reads what a killed command says, but it must not fill the pipe.
        if let Some(mut out) = self.child.stdout.take() {
            std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        }
        let mut killed = false;
        let status = wait(&mut self.child, limit).unwrap_or_else(|| {
            killed = true;
            if let Some(pid) = self.pid.get() {
                signal(*pid, Signal::KILL);
            }
            wait(&mut self.child, ENDLESS).unwrap_or_else(|| panic!("killed, and still there"))
        });
        let (n_calls, by_watcher) = self.watcher.take().map_or((0, false), |watcher| watcher.join().unwrap());
        Ended { killed: killed || by_watcher, done: status.success(), n_calls }
    }
}

/// Reads the log of `strace` from a pipe that it makes at `fifo`.
fn start_watching(fifo: PathBuf, target: Option<(usize, Side)>, pid: Arc<OnceLock<u32>>) -> JoinHandle<(usize, bool)> {
    let made = Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(made.success(), "mkfifo {}", fifo.display());
    std::thread::spawn(move || {
        // Opens when `strace` does.
        let log = File::open(&fifo).unwrap();
        std::fs::remove_file(&fifo).unwrap();
        watch(log, target, &pid)
    })
}

/// Counts calls in the log, and kills the program at the target: number of calls, and whether it was killed.
fn watch(mut log: impl Read, target: Option<(usize, Side)>, pid: &OnceLock<u32>) -> (usize, bool) {
    let (mut rest, mut buffer) = (String::new(), [0; 8192]);
    let mut calls = Calls::default();
    let mut killed = false;
    while let Ok(n) = log.read(&mut buffer) {
        if n == 0 {
            break;
        }
        rest.push_str(&String::from_utf8_lossy(&buffer[..n]));
        let mut begun = 0;
        while let Some(end) = rest[begun..].find('\n') {
            calls.line(&rest[begun..begun + end], true);
            begun += end + 1;
        }
        rest.drain(..begun);
        calls.line(&rest, false);
        if let Some(program) = calls.program {
            pid.get_or_init(|| program);
        }
        if let (Some((nth, side)), Some(program), false) = (target, calls.program, killed) {
            let reached = match side {
                Side::Before => calls.n_begun >= nth,
                Side::After => calls.ended.contains(&nth),
            };
            if reached {
                signal(program, Signal::KILL);
                killed = true;
            }
        }
    }
    (calls.n_begun, killed)
}

/// What a log has said so far.
#[derive(Default)]
struct Calls {
    program: Option<u32>,
    n_begun: usize,
    ended: Vec<usize>,
    /// Per thread, the number of the call that it is in.
    at: BTreeMap<u32, usize>,
    /// The line that is not whole yet was counted.
    counted: bool,
}

impl Calls {
    /// Takes a line, or what there is of one.
    fn line(&mut self, line: &str, whole: bool) {
        let counted = std::mem::replace(&mut self.counted, false);
        let Some((thread, said)) = line.split_once(' ') else { return };
        let Ok(thread) = thread.parse::<u32>() else { return };
        let said = said.trim_start();
        if said.starts_with("<...") {
            if whole && line.contains(" = ") {
                self.ended.extend(self.at.remove(&thread));
            }
            return;
        }
        let Some((name, _)) = said.split_once('(') else { return };
        if name == "execve" {
            self.program.get_or_insert(thread);
            return;
        }
        if !counted && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
            self.n_begun += 1;
            self.at.insert(thread, self.n_begun);
        }
        self.counted = !whole;
        if whole && line.contains(" = ") {
            self.ended.extend(self.at.remove(&thread));
        }
    }
}

#[test]
fn calls_are_counted_over_all_threads() {
    let log = "7 execve(\"x\", [...], 0x1) = 0\n8 rename(\"a\", \"b\" <unfinished ...>\n9 fsync(4)        = 0 (DELAYED)\n\
               8 <... rename resumed>) = 0 (DELAYED)\n9 unlink(\"a\") = -1 ENOENT (No such file or directory)\n";
    for cut in 0..log.len() {
        let mut calls = Calls::default();
        let mut rest = String::new();
        for part in [&log[..cut], &log[cut..]] {
            rest.push_str(part);
            while let Some(end) = rest.find('\n') {
                calls.line(&rest[..end], true);
                rest.drain(..=end);
            }
            calls.line(&rest, false);
        }
        assert_eq!((calls.program, calls.n_begun, &*calls.ended), (Some(7), 3, &[2, 1, 3][..]), "cut at {cut}");
    }
}

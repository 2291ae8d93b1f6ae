//! The real binary in temporary folders: contracts with scripts, exit codes, two processes on one folder.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where something is missing")]

mod analyze;
mod bad_input;
mod blanks;
mod closed_folder;
mod eval;
mod full_disk;
mod full_index_disk;
mod imports;
mod models;
mod private;
mod proxy;
mod round_trip;
mod server;
mod tune;
mod workbooks;

use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// True where a small file system of one's own can be mounted. Where it cannot, the test is skipped, which is said also where
/// the output of tests is captured; in CI that the program for it is missing is a failure, and only a kernel that forbids it
/// is none.
fn can_fill_a_disk() -> bool {
    let probe = ["--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"];
    let why = match Command::new("unshare").args(probe).output() {
        Ok(output) if output.status.success() => return true,
        Ok(output) => format!("this machine does not allow it ({})", String::from_utf8_lossy(&output.stderr).trim()),
        Err(error) => {
            let ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
            assert!(!ci, "a test of a full disk cannot be skipped in CI: no `unshare` ({error}); install util-linux");
            format!("there is no `unshare` ({error}); on Debian: apt-get install util-linux")
        }
    };
    // Not by `eprintln!`: what a test that passes prints is not shown.
    let line = format!("SKIPPED a test of a full disk, which needs `unshare --user --mount`: {why}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
    false
}

/// A temporary folder in which commands run. Nothing outside of it is touched.
struct Home {
    dir: TempDir,
}

/// How a command ended.
#[derive(Debug)]
struct Outcome {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Outcome {
    /// Asserts the exit code, showing what was said.
    #[track_caller]
    fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// The only line of standard output, as JSON.
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}\nstdout:\n{}\nstderr:\n{}", self.out, self.err))
    }

    /// Every line of standard output, as JSON.
    #[track_caller]
    fn json_lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
    }

    /// The error object that `--json` puts on standard error.
    #[track_caller]
    fn json_error(&self) -> Value {
        let line = self.err.lines().last().unwrap_or_default();
        let value: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}\nstderr:\n{}", self.err));
        value["error"].clone()
    }
}

impl Home {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// Writes a file into the folder.
    fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, contents).unwrap();
        path
    }

    /// The binary in this folder, with an environment that says nothing.
    fn command(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_soundings"));
        command.args(args).current_dir(self.path()).stdin(Stdio::null()).env("NO_COLOR", "1");
        for name in ["DATA_DIR", "LISTEN", "TOKEN", "TOKEN_FILE", "THREADS", "MAX_UPLOAD_BYTES", "LOG"] {
            command.env_remove(format!("SOUNDINGS_{name}"));
        }
        command
    }

    /// Runs a command line, split at spaces, to its end.
    fn run(&self, line: &str) -> Outcome {
        self.run_args(line.split_whitespace())
    }

    fn run_args(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Outcome {
        outcome(self.command(args).output().unwrap())
    }

    /// Runs a command line with `input` on its standard input.
    fn run_with(&self, line: &str, input: &str) -> Outcome {
        let mut command = self.command(line.split_whitespace());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_owned();
        // A program that ends early closes the pipe; that is its right.
        let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        outcome(output)
    }

    /// Starts a server on a free port.
    fn serve(&self, line: &str) -> Server {
        let mut command = self.command(line.split_whitespace());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let mut stderr = child.stderr.take().unwrap();
        // Read away, so that the log never fills the pipe.
        let log = std::thread::spawn(move || {
            let mut log = String::new();
            drop(stderr.read_to_string(&mut log));
            log
        });
        if !first.starts_with("http://") {
            let status = child.wait().unwrap();
            panic!("no address but {first:?}, {status}: {}", log.join().unwrap());
        }
        Server { child, url: first.trim().to_owned(), log: Some(log) }
    }
}

fn outcome(output: std::process::Output) -> Outcome {
    Outcome {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A server that ends with the test.
struct Server {
    child: Child,
    url: String,
    log: Option<std::thread::JoinHandle<String>>,
}

impl Server {
    /// `GET path`: status and body.
    fn get(&self, path: &str) -> std::io::Result<(u16, String)> {
        let address = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address)?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let status = answer.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default();
        Ok((status, body))
    }

    #[cfg(unix)]
    fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits for the end: exit code and log.
    fn wait(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        (code, self.log.take().unwrap().join().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Ended already where `wait` was called.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Six rows: five to read, one without text.
const REVIEWS: &str = "\
Id,Title,Review,Stars,Posted,Name,Platform
1,Great,I love this app and I use it every single day.,5,2026-05-01,Ann,App Store
2,Refund,\"They never gave me my refund, I am very angry.\",1,2026-05-02,Bob,Google Play
3,,\"The update is fine.
It works as before.\",3,2026-05-03,Cid,App Store
4,,,2,2026-05-04,Dee,App Store
5,Sad,I miss the old version so much and it makes me sad.,2,2026-06-05,Eve,Google Play
6,=cmd,=1+1 is what the calculator shows and I am happy.,4,2026-06-06,Fay,App Store
";

/// The number behind a name.
#[track_caller]
fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or_else(|| panic!("no number {name} in {value}"))
}

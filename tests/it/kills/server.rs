//! A server on a round's folder, and requests to it.

use super::LIMIT;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Error, Read, Result, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// No answer takes as long.
const SILENCE: Duration = Duration::from_secs(40);
/// Whatever is done gets further all the time, and yet never comes to an end.
const ENDLESS: Duration = Duration::from_mins(5);
/// How often a server is asked whether it is quiet.
const LOOK: Duration = Duration::from_millis(15);

/// The program in an environment that says nothing.
pub(super) fn soundings(dir: &Path) -> Command {
    with_folder(Command::new(env!("CARGO_BIN_EXE_soundings")), dir)
}

/// `command`, told which folder it is about by its environment, and nothing else.
pub(super) fn with_folder(mut command: Command, dir: &Path) -> Command {
    for name in ["LISTEN", "TOKEN", "TOKEN_FILE", "THREADS", "MAX_UPLOAD_BYTES", "LOG"] {
        command.env_remove(format!("SOUNDINGS_{name}"));
    }
    command.env("SOUNDINGS_DATA_DIR", dir).env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// What a server is started with.
pub(super) const SERVE: [&str; 4] = ["serve", "--headless", "--listen", "127.0.0.1:0"];

/// Where a server answers.
#[derive(Clone, Debug)]
pub(super) struct Http {
    address: String,
}

impl Http {
    /// Of the server whose standard output this is; an error where it ended before it said where.
    pub(super) fn of(out: ChildStdout) -> Result<Self> {
        let mut first = String::new();
        BufReader::new(out).read_line(&mut first)?;
        let address = first.trim().strip_prefix("http://").map(str::to_owned);
        Ok(Self { address: address.ok_or_else(|| Error::other("the server ended before it said where it answers"))? })
    }

    /// Sends a request; status and body. An error where the server went away meanwhile.
    pub(super) fn send(&self, method: &str, path: &str, media: &str, body: &[u8]) -> Result<(u16, String)> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(SILENCE))?;
        // The old version of the protocol has no pieces that would have to be put together.
        write!(
            stream,
            "{method} /api/v1{path} HTTP/1.0\r\nHost: {}\r\nContent-Type: {media}\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        )?;
        stream.write_all(body)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| Error::other("the server went away in the middle of an answer"))?;
        Ok((status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()))
    }

    /// `GET`: the answer as JSON.
    pub(super) fn get(&self, path: &str) -> Result<Value> {
        let (status, body) = self.send("GET", path, "", b"")?;
        if status != 200 {
            return Err(Error::other(format!("GET {path}: {status} {body}")));
        }
        Ok(serde_json::from_str(&body)?)
    }

    /// Until no job waits or runs, everything is read and the indexes contain all of it; what is stuck where nothing of that
    /// gets any further for [`LIMIT`], or all of it takes [`ENDLESS`]. Answers how long it took.
    ///
    /// Reading goes behind everything else that a machine has to do: a busy one may take its time.
    pub(super) fn wait_until_quiet(&self) -> std::result::Result<Duration, String> {
        let begun = Instant::now();
        let (mut last, mut moved) = (Value::Null, begun);
        loop {
            let look = || -> Result<Option<(Value, String)>> {
                let jobs = self.get("/jobs?state=queued&state=scheduled&state=running&state=retrying")?;
                let summary = self.get("/metrics/summary")?["data"].take();
                let behind =
                    [&summary["pending"], &summary["indexes"]["fulltext_lag"], &summary["indexes"]["vector_lag"]];
                if jobs["metadata"]["total"] == 0 && behind.iter().all(|n| **n == 0) {
                    return Ok(None);
                }
                let health = self.get("/health")?["data"].take();
                let done = |job: &Value| json!([job["id"], job["state"], job["progress"]["steps"]]);
                let done: Vec<Value> = jobs["data"].as_array().into_iter().flatten().map(done).collect();
                let told = format!("jobs {}\nfigures {summary}\nhealth {health}", jobs["data"]);
                Ok(Some((json!([done, behind]), told)))
            };
            let Some((done, stuck)) = look().map_err(|error| format!("the server cannot be asked: {error}"))? else {
                return Ok(begun.elapsed());
            };
            if done != last {
                (last, moved) = (done, Instant::now());
            }
            if moved.elapsed() > LIMIT || begun.elapsed() > ENDLESS {
                return Err(format!("not quiet after {} s:\n{stuck}", begun.elapsed().as_secs()));
            }
            pause(LOOK);
        }
    }
}

/// An undisturbed server; ends when it is dropped.
pub(super) struct Server {
    child: Child,
    pub(super) http: Http,
}

impl Server {
    /// Starts one on `dir`; its log goes to the file `log`.
    pub(super) fn start(dir: &Path, log: &Path) -> std::result::Result<Self, String> {
        let file = std::fs::File::options().create(true).append(true).open(log).map_err(|e| e.to_string())?;
        let mut child = soundings(dir)
            .args(SERVE)
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .map_err(|e| format!("the program cannot be started: {e}"))?;
        let out = child.stdout.take().unwrap();
        match Http::of(out) {
            Ok(http) => Ok(Self { child, http }),
            Err(error) => {
                let status = child.wait();
                let said = std::fs::read_to_string(log).unwrap_or_default();
                Err(format!("{error} ({status:?}): {said}"))
            }
        }
    }

    /// Ends it in order; what was wrong with that.
    pub(super) fn stop(mut self) -> std::result::Result<(), String> {
        terminate(self.child.id());
        match wait(&mut self.child, LIMIT) {
            Some(status) if status.success() => Ok(()),
            ended => Err(format!("the server did not end in order: {ended:?}")),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Ended already where `stop` was called.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks a process to end.
pub(super) fn terminate(pid: u32) {
    signal(pid, rustix::process::Signal::TERM);
}

/// Sends a signal to a process that may have ended.
pub(super) fn signal(pid: u32, signal: rustix::process::Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// Waits for a child, `limit` at most.
pub(super) fn wait(child: &mut Child, limit: Duration) -> Option<std::process::ExitStatus> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if begun.elapsed() > limit {
            return None;
        }
        pause(Duration::from_millis(2));
    }
}

/// Lets time pass.
pub(super) fn pause(time: Duration) {
    let (_keep, timer) = std::sync::mpsc::channel::<()>();
    let _ = timer.recv_timeout(time);
}

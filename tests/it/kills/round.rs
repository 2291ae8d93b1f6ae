//! One round: a copy of a starting folder, a blow, perhaps more blows while it recovers, an undisturbed recovery, and the
//! comparison with the twin.

use super::blow::{Blow, Ended, Side, Struck};
use super::content::{content, difference, faults, is_between, orphans, rows};
use super::left::tries;
use super::scene::{Scene, Step};
use super::server::{Http, SERVE, Server, soundings, terminate};
use super::stage::Stage;
use crate::seeded::Seeded;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Of so many rounds one has the doctor in.
const DOCTOR: u64 = 8;
/// Calls that a start on a folder of this size makes, roughly.
const CALLS_OF_A_START: u64 = 40;
/// And its time.
const TIME_OF_A_START_US: u64 = 700_000;
/// Of so many rounds one is killed five to ten times more in a row while it starts, so soon.
const IN_A_ROW: u64 = 6;
const SOON_MS: u64 = 300;

/// What an undisturbed run comes to.
pub(super) struct Twin {
    /// The content before the first step, and after each.
    states: Vec<Value>,
    /// Rows per table at the end.
    rows: Value,
}

/// A folder of a round, with what belongs to it.
pub(super) struct Place {
    pub(super) dir: PathBuf,
}

impl Place {
    pub(super) fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.dir.join("log")
    }

    pub(super) fn fifo(&self) -> PathBuf {
        self.dir.join("calls")
    }
}

/// Takes every step of `scene` without disturbance.
pub(super) fn undisturbed(stage: &Stage, scene: &Scene, place: &Place) -> Result<Twin, String> {
    stage.put(scene.start, &place.data());
    let server = Server::start(&place.data(), &place.log())?;
    server.http.wait_until_quiet()?;
    let look = || content(&server.http).map_err(|e| e.to_string());
    let mut states = vec![look()?];
    for step in &scene.steps {
        take(step, &server.http, &place.data())?;
        server.http.wait_until_quiet()?;
        states.push(look()?);
    }
    server.stop()?;
    faults(&place.data())?;
    Ok(Twin { states, rows: rows(&place.data())? })
}

/// Strikes `scene` on a fresh copy of its starting folder; how many steps were confirmed, and how it ended.
pub(super) fn strike(stage: &Stage, scene: &Scene, place: &Place, blow: Blow) -> (usize, Ended) {
    stage.put(scene.start, &place.data());
    if let Some(words) = scene.command() {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let ended = Struck::start(blow, &place.data(), &words, &place.log(), &place.fifo()).end();
        return (usize::from(ended.done && !ended.killed), ended);
    }
    let mut struck = Struck::start(blow, &place.data(), &SERVE, &place.log(), &place.fifo());
    let (out, pid) = (struck.take_out(), struck.pid.clone());
    std::thread::scope(|scope| {
        let confirmed = scope.spawn(move || {
            let Ok(http) = Http::of(out) else { return 0 };
            let asked = scene.steps.iter().map_while(|step| match step {
                Step::Ask(ask) => ask(&http).ok().filter(|done| *done),
                Step::Run(_) => None,
            });
            let confirmed = asked.count();
            // It may be gone.
            let _ = http.wait_until_quiet();
            if let Some(pid) = pid.get() {
                terminate(*pid);
            }
            confirmed
        });
        let ended = struck.end();
        (confirmed.join().unwrap(), ended)
    })
}

/// A round; how it went, or what was not as it must be.
pub(super) fn round(
    stage: &Stage,
    scene: &Scene,
    twin: &Twin,
    blow: Blow,
    place: &Place,
    seed: u64,
) -> Result<Went, String> {
    let (confirmed, ended) = strike(stage, scene, place, blow);
    let mut random = Seeded(seed);
    let (dir, log) = (place.data(), place.log());
    let refused = matches!(blow, Blow::Refuse { .. });
    if !refused && seed.is_multiple_of(IN_A_ROW) {
        for _ in 0..5 + random.below(6) {
            let soon = Blow::Moment(Duration::from_millis(random.below(SOON_MS)));
            Struck::start(soon, &dir, &["jobs", "run"], &log, &place.fifo()).end();
        }
    } else if !refused {
        for _ in 0..random.below(3) {
            let side = if random.below(2) == 0 { Side::Before } else { Side::After };
            let nth = 1 + usize::try_from(random.below(CALLS_OF_A_START)).unwrap_or(0);
            let again = match blow {
                Blow::Moment(_) => Blow::Moment(Duration::from_micros(random.below(TIME_OF_A_START_US))),
                _ => Blow::Call(nth, side),
            };
            Struck::start(again, &dir, &["jobs", "run"], &log, &place.fifo()).end();
        }
    }
    let server = Server::start(&dir, &log)?;
    let quiet_after = server.http.wait_until_quiet()?;
    let dead = server.http.get("/jobs?state=dead").map_err(|e| e.to_string())?["data"].take();
    for job in dead.as_array().into_iter().flatten() {
        if !refused {
            return Err(format!("a job was given up: {job}"));
        }
        let path = format!("/jobs/{}/retry", job["id"].as_str().unwrap_or_default());
        let (status, answer) = server.http.send("POST", &path, "", b"").map_err(|e| e.to_string())?;
        if status >= 300 {
            return Err(format!("{job} cannot be retried: {answer}"));
        }
        server.http.wait_until_quiet()?;
    }
    let look = || content(&server.http).map_err(|e| e.to_string());
    let found = look()?;
    let reached = (confirmed..twin.states.len()).find(|at| difference(&twin.states[*at], &found).is_none());
    let between = || (confirmed..twin.states.len() - 1).find(|at| is_between(&twin.states[*at..], &found));
    let reached = if scene.in_batches { reached.or_else(between) } else { reached };
    let Some(reached) = reached else {
        let told: Vec<String> = (confirmed..twin.states.len())
            .map(|at| format!("after step {at}{}", difference(&twin.states[at], &found).unwrap_or_default()))
            .collect();
        return Err(format!("{confirmed} steps were confirmed, and what is there is none of:\n{}", told.join("\n")));
    };
    for step in &scene.steps[reached..] {
        take(step, &server.http, &dir)?;
        server.http.wait_until_quiet()?;
    }
    if let Some(different) = difference(twin.states.last().unwrap_or(&Value::Null), &look()?) {
        return Err(format!("begun again after step {reached}, it ends otherwise: {different}"));
    }
    let health = server.http.get("/health").map_err(|e| e.to_string())?["data"].take();
    if health["status"] != "healthy" {
        return Err(format!("health says {health}"));
    }
    server.stop()?;
    if !refused {
        let tries = tries(&dir);
        if !tries.is_empty() {
            return Err(format!("a kill counted as a try that failed: {tries:?}"));
        }
    }
    faults(&dir)?;
    if orphans(&dir).is_err() {
        Server::start(&dir, &log)?.stop()?;
        orphans(&dir)?;
    }
    if let Some(different) = difference(&twin.rows, &rows(&dir)?) {
        return Err(format!("rows per table differ{different}"));
    }
    if seed.is_multiple_of(DOCTOR) {
        let output = soundings(&dir).arg("doctor").output().map_err(|e| e.to_string())?;
        if !output.status.success() {
            return Err(format!("the doctor says {}", String::from_utf8_lossy(&output.stdout)));
        }
    }
    Ok(Went { struck: ended.killed || refused, quiet_after })
}

/// How a round went that ended well.
pub(super) struct Went {
    /// The blow struck.
    pub(super) struck: bool,
    /// How long the first undisturbed start was not quiet.
    pub(super) quiet_after: Duration,
}

/// One step on a server that nobody disturbs.
fn take(step: &Step, http: &Http, dir: &Path) -> Result<(), String> {
    match step {
        Step::Ask(ask) => match ask(http) {
            Ok(true) => Ok(()),
            asked => Err(format!("a request of the scene failed: {asked:?}")),
        },
        Step::Run(words) => {
            let output = soundings(dir).args(words).output().map_err(|e| e.to_string())?;
            let said = || String::from_utf8_lossy(&output.stderr);
            if output.status.success() { Ok(()) } else { Err(format!("{words:?} ends with: {}", said())) }
        }
    }
}

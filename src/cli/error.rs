//! How a command fails: words for a person, a code for programs, an exit code for the shell.

use super::terminal::{self, OutputClosed};
use crate::app::AppError;
use crate::config::ConfigError;
use crate::domain::FaultKind;
use serde_json::{Map, Value, json};
use std::process::ExitCode;

/// How the process ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Exit {
    /// Done.
    Ok,
    /// The question was understood; the answer is empty.
    NothingFound,
    /// The command line or the input is wrong.
    Usage,
    /// Stored data is damaged, or the program is at fault.
    Damaged,
    /// Busy, taken, full or gone: later may work.
    Unavailable,
    /// Ctrl-C, as shells count it: 128 + SIGINT.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Ok => 0,
            Exit::NothingFound => 1,
            Exit::Usage => 2,
            Exit::Damaged => 3,
            Exit::Unavailable => 4,
            Exit::Interrupted => 130,
        })
    }
}

/// An error that a command shows.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub(super) struct Failure {
    pub(super) exit: Exit,
    pub(super) code: String,
    pub(super) message: String,
    pub(super) fix: Option<String>,
    pub(super) details: Map<String, Value>,
    pub(super) request_id: Option<String>,
}

impl Failure {
    pub(super) fn new(exit: Exit, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { exit, code: code.into(), message: message.into(), fix: None, details: Map::new(), request_id: None }
    }

    /// Wrong input.
    pub(super) fn usage(message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message).fix(fix)
    }

    /// Later may work.
    pub(super) fn unavailable(message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(Exit::Unavailable, "unavailable", message).fix(fix)
    }

    #[must_use]
    pub(super) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// The failure that an HTTP status and body stand for.
    pub(super) fn from_reply(status: u16, body: &[u8]) -> Self {
        let exit = match status {
            404 => Exit::NothingFound,
            429 | 502..=504 | 507 => Exit::Unavailable,
            500.. => Exit::Damaged,
            _ => Exit::Usage,
        };
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let error = &body["error"];
        let text = |name: &str| error[name].as_str().map(str::to_owned);
        let mut failure = Self::new(
            exit,
            text("code").unwrap_or_else(|| format!("http_{status}")),
            text("message").unwrap_or_else(|| format!("the server answered with status {status}")),
        );
        // A mistake of ours on the server's side and a damaged file share the status; both end with 3.
        if failure.code == "cancelled" {
            failure.exit = Exit::Usage;
        }
        failure.fix = error["details"]["fix"].as_str().map(str::to_owned);
        failure.details = error["details"].as_object().cloned().unwrap_or_default();
        failure.request_id = text("request_id");
        failure
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(Exit::Usage, "setting", error.message).fix(error.fix)
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        let exit = match error.kind {
            FaultKind::Input
            | FaultKind::Conflict
            | FaultKind::TooLarge
            | FaultKind::Unauthorized
            | FaultKind::Forbidden
            | FaultKind::Budget
            | FaultKind::Cancelled => Exit::Usage,
            FaultKind::NotFound => Exit::NothingFound,
            FaultKind::Damaged | FaultKind::Internal => Exit::Damaged,
            FaultKind::Unavailable | FaultKind::NoSpace | FaultKind::RateLimited | FaultKind::Upstream => {
                Exit::Unavailable
            }
        };
        let mut failure = Self::new(exit, error.code, error.message);
        for (name, value) in error.details {
            if name == "fix" {
                failure.fix = value.as_str().map(str::to_owned);
            }
            failure.details.insert(name.to_owned(), value);
        }
        failure
    }
}

/// Shows an error on standard error and chooses the exit code.
pub(super) fn report(error: &anyhow::Error, as_json: bool) -> Exit {
    if error.chain().any(<dyn std::error::Error>::is::<OutputClosed>) {
        return Exit::Ok;
    }
    let failure = meaning(error);
    if as_json {
        let mut body = json!({"code": failure.code, "message": failure.message, "details": failure.details});
        if let Some(fix) = &failure.fix {
            body["fix"] = fix.as_str().into();
        }
        if let Some(request_id) = &failure.request_id {
            body["request_id"] = request_id.as_str().into();
        }
        terminal::note(&json!({"error": body}).to_string());
        return failure.exit;
    }
    terminal::note(&format!("error: {}", terminal::plain(&failure.message)));
    if let Some(fix) = &failure.fix {
        terminal::note(&format!("fix: {}", terminal::plain(fix)));
    }
    if let (Exit::Damaged, Some(request_id)) = (failure.exit, &failure.request_id) {
        terminal::note(&format!("request: {request_id}"));
    }
    failure.exit
}

/// What an error of any kind means here.
fn meaning(error: &anyhow::Error) -> Failure {
    let context = |failure: Failure| {
        // Words put around the failure by the command ("cannot write out.csv") are shown before it.
        let mut outer: Vec<String> = error.chain().map(ToString::to_string).collect();
        outer.dedup();
        Failure { message: outer.join(": "), ..failure }
    };
    for cause in error.chain() {
        if let Some(failure) = cause.downcast_ref::<Failure>() {
            return context(failure.clone());
        }
        if let Some(config) = cause.downcast_ref::<ConfigError>() {
            return context(config.clone().into());
        }
        if let Some(app) = cause.downcast_ref::<AppError>() {
            return context(app.clone().into());
        }
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            return context(from_io(io));
        }
    }
    context(Failure::new(Exit::Unavailable, "failed", String::new()))
}

fn from_io(error: &std::io::Error) -> Failure {
    use std::io::ErrorKind as Kind;
    let (exit, fix) = match error.kind() {
        Kind::NotFound => (Exit::Usage, Some("check the path")),
        Kind::PermissionDenied | Kind::ReadOnlyFilesystem => {
            (Exit::Usage, Some("make it accessible to this user, or choose another place"))
        }
        Kind::IsADirectory | Kind::NotADirectory | Kind::InvalidInput | Kind::InvalidData | Kind::AlreadyExists => {
            (Exit::Usage, None)
        }
        Kind::StorageFull | Kind::QuotaExceeded => (Exit::Unavailable, Some("free some disk space and try again")),
        _ => (Exit::Unavailable, None),
    };
    let failure = Failure::new(exit, "io", error.to_string());
    match fix {
        Some(fix) => failure.fix(fix),
        None => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context as _;

    #[test]
    fn a_status_becomes_an_exit_code() {
        let check = |status: u16, exit: Exit| {
            let failure = Failure::from_reply(status, br#"{"error":{"code":"c","message":"m","details":{"fix":"f"}}}"#);
            assert_eq!((failure.exit, failure.code.as_str(), failure.message.as_str()), (exit, "c", "m"));
            assert_eq!(failure.fix.as_deref(), Some("f"));
        };
        check(400, Exit::Usage);
        check(401, Exit::Usage);
        check(404, Exit::NothingFound);
        check(409, Exit::Usage);
        check(413, Exit::Usage);
        check(500, Exit::Damaged);
        check(503, Exit::Unavailable);
        check(507, Exit::Unavailable);
    }

    #[test]
    fn a_reply_without_an_envelope_still_says_something() {
        let failure = Failure::from_reply(502, b"<html>");
        assert_eq!((failure.exit, failure.code.as_str()), (Exit::Unavailable, "http_502"));
    }

    #[test]
    fn words_around_an_error_are_shown_once_and_first() {
        let error = Err::<(), _>(Failure::usage("no such thing", "look")).context("cannot open x").unwrap_err();
        let failure = meaning(&error);
        assert_eq!(failure.message, "cannot open x: no such thing");
        assert_eq!(failure.fix.as_deref(), Some("look"));
    }

    #[test]
    fn a_closed_pipe_is_no_error() {
        assert_eq!(report(&OutputClosed.into(), false), Exit::Ok);
    }
}

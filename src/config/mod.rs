//! Settings, and where each one comes from: flag, environment, file, default, in this order.
//!
//! Each is declared once, in `settings`: its name (from which flag, variable and key follow), form, default and words. The
//! command line's flags, the file's keys, `doctor` and the table of the README are made from that, or held to it by a test.
//!
//! The one module that reads the environment. It knows the names and forms of settings, not what they are used for.
//! The file is `soundings.toml` inside the data folder, so the folder's own place cannot be set in it.

mod declared;
mod file;
mod settings;
mod sources;

pub use declared::{Declared, Form, Place};
pub use settings::{Config, SETTINGS};
pub use sources::{Flags, Origin, Setting};

use std::ffi::OsString;
use std::path::Path;

/// Name of the settings file inside the data folder.
pub const FILE_NAME: &str = "soundings.toml";

/// A setting that cannot be used: what is wrong, where it was said, and how to put it right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConfigError {
    /// What is wrong, and where it was said.
    pub message: String,
    /// How to put it right.
    pub fix: String,
}

impl ConfigError {
    fn new(message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { message: message.into(), fix: fix.into() }
    }
}

/// Where settings are looked for; tests pass their own.
pub trait Environment {
    /// The value of a variable; empty counts as not set.
    fn variable(&self, name: &str) -> Option<OsString>;
}

/// The environment of this process.
#[derive(Debug, Clone, Copy)]
pub struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    fn variable(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name).filter(|value| !value.is_empty())
    }
}

impl Config {
    /// Settles every setting; the first that cannot be used is the error.
    pub fn resolve(flags: &Flags, environment: &dyn Environment) -> Result<Self, ConfigError> {
        let nothing = file::Settings::default();
        let folder = settings::data_dir(&sources::Sources { flags, environment, file: &nothing })?;
        let file = file::read(&folder.value.join(FILE_NAME), SETTINGS)?;
        let config = Self::settle(&sources::Sources { flags, environment, file: &file }, environment)?;
        config.check_tokens()?;
        Ok(config)
    }

    /// Refuses to be reachable from other machines without a token.
    pub fn check_listen(&self) -> Result<(), ConfigError> {
        if self.listen.value.ip().is_loopback() || self.token.value.is_some() {
            return Ok(());
        }
        Err(ConfigError::new(
            format!(
                "{} ({}) can be reached from other machines, and no token is set",
                self.listen.value, self.listen.origin
            ),
            "set a secret with --token-file or SOUNDINGS_TOKEN, or listen on 127.0.0.1",
        ))
    }

    /// A token for reading means something only where whoever has none may do nothing.
    fn check_tokens(&self) -> Result<(), ConfigError> {
        let Some(read) = &self.read_token.value else { return Ok(()) };
        let origin = &self.read_token.origin;
        match &self.token.value {
            None => Err(ConfigError::new(
                format!(
                    "{origin}: a token for reading is set, and none for everything: whoever sends no token may do all"
                ),
                "set the other one too, with --token-file or SOUNDINGS_TOKEN",
            )),
            Some(token) if token == read => Err(ConfigError::new(
                format!("{origin}: the token for reading is the one for everything"),
                "give the two tokens different values",
            )),
            Some(_) => Ok(()),
        }
    }
}

/// A browser can be opened on macOS and Windows always, elsewhere where a display server is named.
fn has_desktop(environment: &dyn Environment) -> bool {
    cfg!(any(target_os = "macos", target_os = "windows"))
        || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| environment.variable(name).is_some())
}

/// The path as a person would want it shown: absolute where that can be told.
pub fn shown(path: &Path) -> String {
    escaped(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}

/// The path for a person, on one line: what would act on a terminal is written as an escape.
pub fn escaped(path: &Path) -> String {
    let text = path.to_string_lossy();
    // Also the marks that turn the writing direction, which can make a name look like another.
    let acts = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if acts(c) { c.escape_default().to_string() } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    struct Fixed(HashMap<&'static str, &'static str>);

    impl Environment for Fixed {
        fn variable(&self, name: &str) -> Option<OsString> {
            self.0.get(name).map(OsString::from)
        }
    }

    fn resolve(file: &str, variables: &[(&'static str, &'static str)], flags: Flags) -> Result<Config, ConfigError> {
        let dir = tempfile::tempdir().unwrap();
        if !file.is_empty() {
            std::fs::write(dir.path().join(FILE_NAME), file).unwrap();
        }
        let mut flags = flags;
        flags.set("data_dir", dir.path());
        Config::resolve(&flags, &Fixed(variables.iter().copied().collect()))
    }

    fn said(flags: &[(&str, &str)]) -> Flags {
        let mut all = Flags::default();
        for (key, value) in flags {
            all.set(*key, *value);
        }
        all
    }

    #[test]
    fn a_flag_beats_the_environment_beats_the_file_beats_the_default() {
        let listen = |n: u16| said(&[("listen", &format!("127.0.0.1:{n}"))]);
        let check = |file: &str, env: &[(&'static str, &'static str)], flags: Flags, port: u16, origin: &str| {
            let config = resolve(file, env, flags).unwrap();
            assert_eq!(config.listen.value.port(), port);
            assert!(config.listen.origin.to_string().starts_with(origin), "{} is not {origin}", config.listen.origin);
        };
        let file = "listen = \"127.0.0.1:3\"";
        let env = [("SOUNDINGS_LISTEN", "127.0.0.1:2")];
        check(file, &env, listen(1), 1, "flag --listen");
        check(file, &env, Flags::default(), 2, "environment SOUNDINGS_LISTEN");
        check(file, &[], Flags::default(), 3, "file ");
        check("", &[], Flags::default(), 8080, "default");
    }

    #[test]
    fn errors_name_the_place_and_the_fix() {
        let check = |file: &str, env: &[(&'static str, &'static str)], message: &str, fix: &str| {
            let error = resolve(file, env, Flags::default()).unwrap_err();
            assert!(error.message.contains(message), "{} lacks {message}", error.message);
            assert!(error.fix.contains(fix), "{} lacks {fix}", error.fix);
        };
        check("lissten = \"x\"", &[], "lissten", "did you mean `listen`");
        check("data_dir = \"x\"", &[], "data_dir", "--data-dir");
        check("listen = 8080", &[], "listen", "text");
        check("threads = \"many\"", &[], "`many`", "one per core");
        check("listen = ", &[], FILE_NAME, "line 1");
        check("", &[("SOUNDINGS_MAX_UPLOAD_BYTES", "lots")], "SOUNDINGS_MAX_UPLOAD_BYTES", "4GiB");
        check("", &[("SOUNDINGS_TOKEN", "two words")], "SOUNDINGS_TOKEN", "openssl");
    }

    #[test]
    fn a_token_may_lie_in_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let good = path("good", "from-file\n");
        let flags = |token: Option<&str>, file: Option<&Path>| {
            let file = file.map(|file| ("token_file", file.to_str().unwrap()));
            said(&token.map(|token| ("token", token)).into_iter().chain(file).collect::<Vec<_>>())
        };
        let variable: &'static str = Box::leak(good.display().to_string().into_boxed_str());
        let check = |file: &str, env: &[(&'static str, &'static str)], flags: Flags, token: &str, origin: &str| {
            let setting = resolve(file, env, flags).unwrap().token;
            assert_eq!(setting.value.as_deref(), Some(token));
            assert!(setting.origin.to_string().starts_with(origin), "{} is not {origin}", setting.origin);
        };
        let (by_file, by_word) = (("SOUNDINGS_TOKEN_FILE", variable), ("SOUNDINGS_TOKEN", "from-env"));
        check("", &[by_word], flags(None, Some(&good)), "from-file", "flag --token-file");
        check("", &[by_word], flags(Some("said"), Some(&good)), "said", "flag --token");
        check("", &[by_file], Flags::default(), "from-file", "environment SOUNDINGS_TOKEN_FILE");
        check("", &[by_file, by_word], Flags::default(), "from-env", "environment SOUNDINGS_TOKEN");
        check(&format!("token_file = \"{variable}\""), &[], Flags::default(), "from-file", "file ");
        for (name, text) in [("empty", "\n"), ("two", "two words"), ("long", &"x".repeat(5_000))] {
            let error = resolve("", &[], flags(None, Some(&path(name, text)))).unwrap_err();
            assert!(error.message.contains("--token-file"), "{name}: {}", error.message);
        }
        let error = resolve("", &[], flags(None, Some(&dir.path().join("none")))).unwrap_err();
        assert!(error.message.contains("cannot read"), "{}", error.message);
    }

    #[test]
    fn a_token_for_reading_needs_another_for_the_rest() {
        let check = |token: Option<&str>, read: &str, fix: Option<&str>| {
            let token = token.map(|token| ("token", token));
            let flags = said(&[("read_token", read)].into_iter().chain(token).collect::<Vec<_>>());
            let found = resolve("", &[], flags).map(|config| config.read_token.value);
            match fix {
                None => assert_eq!(found.unwrap().as_deref(), Some(read)),
                Some(fix) => assert!(found.unwrap_err().fix.contains(fix)),
            }
        };
        check(Some("all"), "look", None);
        check(None, "look", Some("--token-file"));
        check(Some("same"), "same", Some("different"));
        let config = resolve("token = \"hush\"\nread_token = \"whisper\"", &[], Flags::default()).unwrap();
        assert!(config.describe().iter().all(|(_, value, _)| !value.contains("whisper")));
    }

    #[test]
    fn other_machines_need_a_token() {
        let check = |listen: &str, token: Option<&str>, allowed: bool| {
            let token = token.map(|token| ("token", token));
            let flags = said(&[("listen", listen)].into_iter().chain(token).collect::<Vec<_>>());
            assert_eq!(resolve("", &[], flags).unwrap().check_listen().is_ok(), allowed, "{listen} {token:?}");
        };
        check("127.0.0.1:0", None, true);
        check("localhost:0", None, true);
        check("[::1]:0", None, true);
        check("0.0.0.0:8080", None, false);
        check("0.0.0.0:8080", Some("secret"), true);
        check("192.168.1.5:80", None, false);
    }

    #[test]
    fn a_path_cannot_act_on_the_terminal() {
        let check = |path: &str, expected: &str| assert_eq!(escaped(Path::new(path)), expected);
        check("a/b c.csv", "a/b c.csv");
        check("grüße.csv", "grüße.csv");
        check("a\x1b]0;x\x07\n.csv", "a\\u{1b}]0;x\\u{7}\\n.csv");
        check("a\u{202e}vsc.exe", "a\\u{202e}vsc.exe");
    }

    #[test]
    fn the_token_is_never_described() {
        let config = resolve("token = \"hush\"", &[], Flags::default()).unwrap();
        assert!(config.describe().iter().all(|(_, value, _)| !value.contains("hush")));
    }
}

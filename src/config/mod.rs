//! Settings, and where each one comes from: flag, environment, file, default, in this order.
//!
//! The one module that reads the environment. It knows the names and forms of settings, not what they are used for.
//! The file is `soundings.toml` inside the data folder, so the folder's own place cannot be set in it.

mod file;

use std::ffi::OsString;
use std::fmt;
use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// Name of the settings file inside the data folder.
pub const FILE_NAME: &str = "soundings.toml";

/// Largest upload where nothing else is said: 4 GiB.
const DEFAULT_MAX_UPLOAD_BYTES: u64 = 4 << 30;

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

/// Where a value was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A command line flag, by name.
    Flag(&'static str),
    /// An environment variable, by name.
    Environment(&'static str),
    /// The settings file.
    File(PathBuf),
    /// Nowhere: the value that is built in.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "flag {name}"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value with its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it was said.
    pub origin: Origin,
}

/// What was said on the command line; `None` where nothing was.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--data-dir`
    pub data_dir: Option<PathBuf>,
    /// `--listen`
    pub listen: Option<String>,
    /// `--token`
    pub token: Option<String>,
    /// `--token-file`
    pub token_file: Option<PathBuf>,
    /// `--threads`
    pub threads: Option<String>,
    /// `--max-upload-bytes`
    pub max_upload_bytes: Option<String>,
    /// `--log`
    pub log: Option<String>,
}

/// Every setting of one run.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data folder.
    pub data_dir: Setting<PathBuf>,
    /// Where `serve` and `demo` listen.
    pub listen: Setting<SocketAddr>,
    /// Bearer token that HTTP callers must show; `None` on loopback only.
    pub token: Setting<Option<String>>,
    /// Threads for the model; 0 = one per core.
    pub threads: Setting<usize>,
    /// Largest accepted upload, bytes.
    pub max_upload_bytes: Setting<u64>,
    /// Log filter; `None`: the command's own default.
    pub log: Setting<Option<String>>,
    /// True where the user asked for output without colours (<https://no-color.org>).
    pub no_color: bool,
    /// True where there is a screen to open a browser on, as far as the environment tells.
    pub has_desktop: bool,
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
        let data_dir = data_dir(flags, environment);
        let file = file::read(&data_dir.value.join(FILE_NAME))?;
        let pick = Pick { environment, file: &file };
        let listen = pick.text("--listen", flags.listen.as_ref(), "SOUNDINGS_LISTEN", file.listen.as_ref())?;
        let token = pick.token(flags)?;
        let threads = pick.text("--threads", flags.threads.as_ref(), "SOUNDINGS_THREADS", file.threads.as_ref())?;
        let upload = pick.text(
            "--max-upload-bytes",
            flags.max_upload_bytes.as_ref(),
            "SOUNDINGS_MAX_UPLOAD_BYTES",
            file.max_upload_bytes.as_ref(),
        )?;
        let log = pick.text("--log", flags.log.as_ref(), "SOUNDINGS_LOG", file.log.as_ref())?;
        Ok(Self {
            data_dir,
            listen: parsed(listen, default_listen(), parse_listen)?,
            token: parsed(token, None, |text| parse_token(text).map(Some))?,
            threads: parsed(threads, 0, parse_threads)?,
            max_upload_bytes: parsed(upload, DEFAULT_MAX_UPLOAD_BYTES, parse_bytes)?,
            log: parsed(log, None, |text| Ok(Some(text.to_owned())))?,
            no_color: environment.variable("NO_COLOR").is_some(),
            has_desktop: has_desktop(environment),
        })
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

    /// Name, value and origin of every setting, for a person. The token itself is never shown.
    pub fn describe(&self) -> Vec<(&'static str, String, String)> {
        // Destructured, so that a new setting does not compile until it is shown here.
        let Self { data_dir, listen, token, threads, max_upload_bytes, log, no_color: _, has_desktop: _ } = self;
        let secret = if token.value.is_some() { "set (hidden)" } else { "none" };
        let threads_text = if threads.value == 0 { "one per core".to_owned() } else { threads.value.to_string() };
        vec![
            ("data_dir", data_dir.value.display().to_string(), data_dir.origin.to_string()),
            ("listen", listen.value.to_string(), listen.origin.to_string()),
            ("token", secret.to_owned(), token.origin.to_string()),
            ("threads", threads_text, threads.origin.to_string()),
            ("max_upload_bytes", max_upload_bytes.value.to_string(), max_upload_bytes.origin.to_string()),
            ("log", log.value.clone().unwrap_or_else(|| "by command".to_owned()), log.origin.to_string()),
        ]
    }
}

/// The one setting that the file cannot hold, because the file lies inside it.
fn data_dir(flags: &Flags, environment: &dyn Environment) -> Setting<PathBuf> {
    if let Some(path) = &flags.data_dir {
        return Setting { value: path.clone(), origin: Origin::Flag("--data-dir") };
    }
    match environment.variable("SOUNDINGS_DATA_DIR") {
        Some(path) => Setting { value: path.into(), origin: Origin::Environment("SOUNDINGS_DATA_DIR") },
        None => Setting { value: PathBuf::from("data"), origin: Origin::Default },
    }
}

struct Pick<'a> {
    environment: &'a dyn Environment,
    file: &'a file::Settings,
}

impl Pick<'_> {
    /// The first place that says something.
    fn text(
        &self,
        flag: &'static str,
        flag_value: Option<&String>,
        variable: &'static str,
        file_value: Option<&String>,
    ) -> Result<Option<Setting<String>>, ConfigError> {
        if let Some(value) = flag_value {
            return Ok(Some(Setting { value: value.clone(), origin: Origin::Flag(flag) }));
        }
        if let Some(raw) = self.environment.variable(variable) {
            let value = raw.into_string().map_err(|_| {
                ConfigError::new(format!("environment {variable} is not UTF-8"), format!("unset {variable} or mend it"))
            })?;
            return Ok(Some(Setting { value, origin: Origin::Environment(variable) }));
        }
        Ok(file_value.map(|value| Setting { value: value.clone(), origin: Origin::File(self.file.path.clone()) }))
    }

    /// The token, said or in a file of its own. Beside each other, what is said counts.
    fn token(&self, flags: &Flags) -> Result<Option<Setting<String>>, ConfigError> {
        if flags.token.is_none()
            && let Some(path) = &flags.token_file
        {
            return token_in(path, Origin::Flag("--token-file")).map(Some);
        }
        let flag = self.text("--token", flags.token.as_ref(), "SOUNDINGS_TOKEN", None)?;
        if flag.is_some() {
            return Ok(flag);
        }
        if let Some(path) = self.environment.variable("SOUNDINGS_TOKEN_FILE") {
            return token_in(Path::new(&path), Origin::Environment("SOUNDINGS_TOKEN_FILE")).map(Some);
        }
        let in_file = || Origin::File(self.file.path.clone());
        match (&self.file.token, &self.file.token_file) {
            (Some(token), _) => Ok(Some(Setting { value: token.clone(), origin: in_file() })),
            (None, Some(path)) => {
                // Beside the settings, not where the program happens to be started.
                let folder = self.file.path.parent().unwrap_or(Path::new(""));
                token_in(&folder.join(path), in_file()).map(Some)
            }
            (None, None) => Ok(None),
        }
    }
}

/// The token in a file: its one line.
fn token_in(path: &Path, origin: Origin) -> Result<Setting<String>, ConfigError> {
    let shown = escaped(path);
    let wrong = |what: String| {
        ConfigError::new(
            format!("{origin}: {what}"),
            "name a file with the token on one line, readable by this user only",
        )
    };
    let bytes = read_start(path).map_err(|error| wrong(format!("cannot read {shown}: {error}")))?;
    if bytes.len() as u64 > LONGEST_TOKEN_FILE {
        return Err(wrong(format!("{shown} has more than {LONGEST_TOKEN_FILE} bytes")));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong(format!("{shown} is not text")))?;
    Ok(Setting { value: text.trim().to_owned(), origin })
}

/// Bytes of a token's file.
const LONGEST_TOKEN_FILE: u64 = 4_096;

/// The whole of a short file; of a longer one a byte more than it may have. A pipe is read as well: `--token-file <(pass x)`.
fn read_start(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LONGEST_TOKEN_FILE + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The value of a text, with its origin named in the error.
fn parsed<T>(
    said: Option<Setting<String>>,
    default: T,
    parse: impl Fn(&str) -> Result<T, ConfigError>,
) -> Result<Setting<T>, ConfigError> {
    let Some(Setting { value, origin }) = said else {
        return Ok(Setting { value: default, origin: Origin::Default });
    };
    match parse(&value) {
        Ok(value) => Ok(Setting { value, origin }),
        Err(error) => Err(ConfigError { message: format!("{origin}: {}", error.message), fix: error.fix }),
    }
}

fn default_listen() -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080)
}

/// `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`.
fn parse_listen(text: &str) -> Result<SocketAddr, ConfigError> {
    let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    numeric.as_deref().unwrap_or(text).parse().map_err(|_| {
        ConfigError::new(
            format!("`{text}` is not an address with a port"),
            "write it as ADDRESS:PORT, for example 127.0.0.1:8080 (port 0 picks a free one)",
        )
    })
}

fn parse_token(text: &str) -> Result<String, ConfigError> {
    // It travels in a header, so it must be printable ASCII without spaces.
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(ConfigError::new(
            "the token is empty or has characters that a header cannot carry",
            "use letters, digits and punctuation without spaces, for example the output of `openssl rand -hex 32`",
        ));
    }
    Ok(text.to_owned())
}

fn parse_threads(text: &str) -> Result<usize, ConfigError> {
    text.parse().ok().filter(|n| *n <= 1024).ok_or_else(|| {
        ConfigError::new(format!("`{text}` is not a number of threads"), "use 1 to 1024, or 0 for one per core")
    })
}

/// Bytes, with `kB`, `MB`, `GB` (powers of 1,000) or `KiB`, `MiB`, `GiB` (powers of 1,024).
fn parse_bytes(text: &str) -> Result<u64, ConfigError> {
    let trimmed = text.trim();
    let digits = trimmed.bytes().take_while(u8::is_ascii_digit).count();
    let factor = match trimmed[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => Some(1),
        "kb" => Some(1_000),
        "mb" => Some(1_000_000),
        "gb" => Some(1_000_000_000),
        "kib" => Some(1 << 10),
        "mib" => Some(1 << 20),
        "gib" => Some(1 << 30),
        _ => None,
    };
    let number = trimmed[..digits].parse::<u64>().ok();
    number.zip(factor).and_then(|(n, f)| n.checked_mul(f)).filter(|n| *n > 0).ok_or_else(|| {
        ConfigError::new(format!("`{text}` is not a size"), "write bytes, or a size such as 500MB or 4GiB")
    })
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
        let flags = Flags { data_dir: Some(dir.path().to_owned()), ..flags };
        Config::resolve(&flags, &Fixed(variables.iter().copied().collect()))
    }

    #[test]
    fn a_flag_beats_the_environment_beats_the_file_beats_the_default() {
        let listen = |n: u16| Flags { listen: Some(format!("127.0.0.1:{n}")), ..Flags::default() };
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
        let flags = |token: Option<&str>, file: Option<&Path>| Flags {
            token: token.map(Into::into),
            token_file: file.map(Into::into),
            ..Flags::default()
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
    fn sizes_are_read_with_units() {
        let check = |text: &str, expected: Option<u64>| assert_eq!(parse_bytes(text).ok(), expected, "{text}");
        check("1", Some(1));
        check("500MB", Some(500_000_000));
        check("4 GiB", Some(4 << 30));
        check("0", None);
        check("-1", None);
        check("99999999999GB", None);
        check("MB", None);
    }

    #[test]
    fn other_machines_need_a_token() {
        let check = |listen: &str, token: Option<&str>, allowed: bool| {
            let flags = Flags { listen: Some(listen.into()), token: token.map(Into::into), ..Flags::default() };
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

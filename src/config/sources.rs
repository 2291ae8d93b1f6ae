//! Where a value was said, and the first place that says something.

use super::declared::{Declared, Form};
use super::{ConfigError, Environment, escaped, file};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Where a value was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A command line flag, by name.
    Flag(String),
    /// An environment variable, by name.
    Environment(String),
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

/// What was said on the command line, by key.
#[derive(Debug, Clone, Default)]
pub struct Flags(BTreeMap<String, OsString>);

impl Flags {
    /// Notes what a flag says.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<OsString>) {
        self.0.insert(key.into(), value.into());
    }

    /// Whether a flag was given.
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Adds what other flags say.
    pub fn extend(&mut self, other: &Self) {
        self.0.extend(other.0.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
}

/// Everything that can say something, first to last.
pub(super) struct Sources<'a> {
    pub(super) flags: &'a Flags,
    pub(super) environment: &'a dyn Environment,
    pub(super) file: &'a file::Settings,
}

impl Sources<'_> {
    /// The value of a setting, with its origin named in the error.
    pub(super) fn settle<T>(
        &self,
        declared: &Declared,
        default: T,
        read: impl Fn(&OsStr) -> Result<T, ConfigError>,
    ) -> Result<Setting<T>, ConfigError> {
        let Some(Setting { value, origin }) = self.said(declared)? else {
            return Ok(Setting { value: default, origin: Origin::Default });
        };
        match read(&value) {
            Ok(value) => Ok(Setting { value, origin }),
            Err(error) => Err(ConfigError { message: format!("{origin}: {}", error.message), fix: error.fix }),
        }
    }

    /// The first place that says something: the value itself, or at the same place the file that it stands in.
    fn said(&self, declared: &Declared) -> Result<Option<Setting<OsString>>, ConfigError> {
        let file_key = (declared.form == Form::Secret).then(|| declared.file_key());
        let keys = [Some(declared.name.to_owned()), file_key];
        for (at, key) in keys.iter().flatten().enumerate() {
            if let Some(value) = self.flags.0.get(key) {
                return found(value.clone(), Origin::Flag(Declared::flag_of(key)), at > 0).map(Some);
            }
        }
        for (at, key) in keys.iter().flatten().enumerate() {
            let variable = Declared::variable_of(key);
            if let Some(value) = self.environment.variable(&variable) {
                return found(value, Origin::Environment(variable), at > 0).map(Some);
            }
        }
        for (at, key) in keys.iter().flatten().enumerate() {
            if let Some(text) = self.file.values.get(key) {
                // A file is named beside the settings, not where the program happens to be started.
                let folder = self.file.path.parent().unwrap_or(Path::new(""));
                let value = if at > 0 { folder.join(text).into_os_string() } else { OsString::from(text) };
                return found(value, Origin::File(self.file.path.clone()), at > 0).map(Some);
            }
        }
        Ok(None)
    }
}

/// A value as it was said, or what stands in the file that it names.
fn found(value: OsString, origin: Origin, in_file: bool) -> Result<Setting<OsString>, ConfigError> {
    if in_file { token_in(Path::new(&value), origin) } else { Ok(Setting { value, origin }) }
}

/// The token in a file: its one line.
fn token_in(path: &Path, origin: Origin) -> Result<Setting<OsString>, ConfigError> {
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
    Ok(Setting { value: text.trim().into(), origin })
}

/// Bytes of a token's file.
const LONGEST_TOKEN_FILE: u64 = 4_096;

/// The whole of a short file; of a longer one a byte more than it may have. A pipe is read as well: `--token-file <(pass x)`.
fn read_start(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LONGEST_TOKEN_FILE + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

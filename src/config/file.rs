//! The settings file: TOML, flat, every key known. A key that nobody reads is an error, not a surprise.

use super::ConfigError;
use std::path::{Path, PathBuf};

/// Keys of the file, in the order of the documentation.
const KEYS: &[&str] = &["listen", "token", "token_file", "threads", "max_upload_bytes", "log"];

/// What the file says, as text; the forms are judged where flags and environment are.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) path: PathBuf,
    pub(super) listen: Option<String>,
    pub(super) token: Option<String>,
    pub(super) token_file: Option<String>,
    pub(super) threads: Option<String>,
    pub(super) max_upload_bytes: Option<String>,
    pub(super) log: Option<String>,
}

/// Reads the file; a missing one says nothing.
pub(super) fn read(path: &Path) -> Result<Settings, ConfigError> {
    let mut settings = Settings { path: path.to_owned(), ..Settings::default() };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        // A data folder that is a file or may not be entered gets its own error when it is opened.
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return Ok(settings);
        }
        Err(error) => {
            let message = format!("cannot read {}: {error}", path.display());
            return Err(ConfigError::new(message, "make the file readable, or remove it"));
        }
    };
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        ConfigError::new(
            format!("{} is not valid TOML: {}", path.display(), error.message()),
            format!("mend line {line}; a setting looks like: listen = \"127.0.0.1:8080\""),
        )
    })?;
    for (key, value) in &table {
        let number = matches!(key.as_str(), "threads" | "max_upload_bytes");
        let slot = match key.as_str() {
            "listen" => &mut settings.listen,
            "token" => &mut settings.token,
            "token_file" => &mut settings.token_file,
            "threads" => &mut settings.threads,
            "max_upload_bytes" => &mut settings.max_upload_bytes,
            "log" => &mut settings.log,
            unknown => return Err(unknown_key(path, unknown)),
        };
        *slot = Some(match value {
            toml::Value::String(text) => text.clone(),
            toml::Value::Integer(n) if number => n.to_string(),
            other => {
                let message = format!("{}: `{key}` is of type {}", path.display(), other.type_str());
                let wanted = if number { "a number" } else { "text in double quotes" };
                return Err(ConfigError::new(message, format!("make it {wanted}")));
            }
        });
    }
    Ok(settings)
}

fn unknown_key(path: &Path, key: &str) -> ConfigError {
    let message = format!("{}: there is no setting `{key}`", path.display());
    if key == "data_dir" {
        return ConfigError::new(
            message,
            "the folder holds this file, so name it with --data-dir or SOUNDINGS_DATA_DIR",
        );
    }
    let nearest = KEYS.iter().min_by_key(|known| strsim::levenshtein(known, key)).copied().unwrap_or("listen");
    ConfigError::new(message, format!("did you mean `{nearest}`? The settings are: {}", KEYS.join(", ")))
}

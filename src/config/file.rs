//! The settings file: TOML, flat, every key known. A key that nobody reads is an error, not a surprise.

use super::ConfigError;
use super::declared::{Declared, Form};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// What the file says by key, as text; the forms are judged where flags and environment are.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) path: PathBuf,
    pub(super) values: BTreeMap<String, String>,
}

/// One value, before it is known which key may have it.
#[derive(Debug)]
enum Value {
    Text(String),
    Number(i64),
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text in double quotes, or a number")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(text.to_owned()))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
                Ok(Value::Number(number))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// Keys that the file may have, with their forms.
fn keys(declared: &[Declared]) -> Vec<(String, Form)> {
    let own = declared.iter().filter(|declared| declared.is_in_file());
    own.flat_map(|declared| {
        let file = (declared.form == Form::Secret).then(|| (declared.file_key(), Form::Text));
        std::iter::once((declared.name.to_owned(), declared.form)).chain(file)
    })
    .collect()
}

/// Reads the file; a missing one says nothing.
pub(super) fn read(path: &Path, declared: &[Declared]) -> Result<Settings, ConfigError> {
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
    let table: BTreeMap<String, Value> = toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        ConfigError::new(
            format!("{} cannot be read as settings: {}", path.display(), error.message()),
            format!("mend line {line}; a setting looks like: listen = \"127.0.0.1:8080\""),
        )
    })?;
    let keys = keys(declared);
    for (key, value) in table {
        let Some((_, form)) = keys.iter().find(|(known, _)| *known == key) else {
            return Err(unknown_key(path, &key, declared, &keys));
        };
        let text = match value {
            Value::Text(text) => text,
            Value::Number(number) if *form == Form::Number => number.to_string(),
            Value::Number(_) => {
                let message = format!("{}: `{key}` is a number", path.display());
                return Err(ConfigError::new(message, "make it text in double quotes"));
            }
        };
        settings.values.insert(key, text);
    }
    Ok(settings)
}

fn unknown_key(path: &Path, key: &str, declared: &[Declared], keys: &[(String, Form)]) -> ConfigError {
    let message = format!("{}: there is no setting `{key}`", path.display());
    if declared.iter().any(|declared| declared.name == key && !declared.is_in_file()) {
        return ConfigError::new(
            message,
            "the folder holds this file, so name it with --data-dir or SOUNDINGS_DATA_DIR",
        );
    }
    let names: Vec<&str> = keys.iter().map(|(name, _)| name.as_str()).collect();
    let nearest = names.iter().min_by_key(|known| strsim::levenshtein(known, key)).copied().unwrap_or_default();
    ConfigError::new(message, format!("did you mean `{nearest}`? The settings are: {}", names.join(", ")))
}

//! What is true of a setting whatever its value is.

/// Which commands take the flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// All of them.
    Everywhere,
    /// Those that listen.
    Server,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A path; not in the file, which lies in it.
    Folder,
    /// Words.
    Text,
    /// A number, in the file also without quotes.
    Number,
    /// Never shown; also to be had from a file of its own.
    Secret,
}

/// What is true of a setting whatever its value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declared {
    /// Its key in the file; flag and variable are the same in their spelling.
    pub name: &'static str,
    /// Which commands take the flag.
    pub place: Place,
    /// How a value is written.
    pub form: Form,
    /// What stands for the value in the help.
    pub value_name: &'static str,
    /// What counts where nothing is said, in Markdown; empty for nothing.
    pub default: &'static str,
    /// What it is, for the help.
    pub about: &'static str,
}

impl Declared {
    /// `--max-upload-bytes`
    pub fn flag(&self) -> String {
        Self::flag_of(self.name)
    }

    /// `SOUNDINGS_MAX_UPLOAD_BYTES`
    pub fn variable(&self) -> String {
        Self::variable_of(self.name)
    }

    /// Whether the settings file may have it.
    pub fn is_in_file(&self) -> bool {
        self.form != Form::Folder
    }

    /// The key of a secret's file: `token_file`.
    pub fn file_key(&self) -> String {
        format!("{}_file", self.name)
    }

    pub(super) fn flag_of(key: &str) -> String {
        format!("--{}", key.replace('_', "-"))
    }

    pub(super) fn variable_of(key: &str) -> String {
        format!("SOUNDINGS_{}", key.to_ascii_uppercase())
    }
}

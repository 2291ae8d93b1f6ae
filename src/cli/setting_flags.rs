//! The flags of settings, made from their one table.

use crate::config::{Declared, Flags, Form, Place, SETTINGS};
use clap::builder::OsStringValueParser;
use clap::{Arg, ArgMatches, Command};
use std::ffi::OsString;
use std::sync::LazyLock;

/// What every command takes.
#[derive(Debug, Default)]
pub(super) struct EverywhereFlags(pub(super) Flags);

/// What commands that listen take.
#[derive(Debug, Default)]
pub(super) struct ServerFlags(pub(super) Flags);

impl ServerFlags {
    /// Whether a secret stands on the command line itself.
    pub(super) fn has_secret(&self) -> bool {
        secrets().any(|declared| self.0.has(declared.name))
    }
}

/// The settings that must not be seen.
pub(super) fn secrets() -> impl Iterator<Item = &'static Declared> {
    SETTINGS.iter().filter(|declared| declared.form == Form::Secret)
}

/// One flag: of a setting, or of the file that a secret stands in.
struct Way {
    declared: &'static Declared,
    key: String,
    long: String,
    is_file: bool,
}

/// All of them, spelt once.
static WAYS: LazyLock<Vec<Way>> = LazyLock::new(|| {
    let way = |declared, key: String, is_file| Way { declared, long: key.replace('_', "-"), key, is_file };
    let ways = |declared: &'static Declared| {
        let own = way(declared, declared.name.to_owned(), false);
        let file = (declared.form == Form::Secret).then(|| way(declared, declared.file_key(), true));
        std::iter::once(own).chain(file)
    };
    SETTINGS.iter().flat_map(ways).collect()
});

fn of(place: Place) -> impl Iterator<Item = &'static Way> {
    WAYS.iter().filter(move |way| way.declared.place == place)
}

fn argument(way: &'static Way) -> Arg {
    let Way { declared, key, long, is_file } = way;
    let (heading, global) = match declared.place {
        Place::Everywhere => ("Everywhere", true),
        Place::Server => ("Server", false),
    };
    let (value_name, about) = if *is_file {
        ("FILE", format!("File with what {} takes, on one line", declared.flag()))
    } else {
        (declared.value_name, declared.about.to_owned())
    };
    let default = declared.default.replace('`', "");
    let default = if *is_file || default.is_empty() { String::new() } else { format!(" [default: {default}]") };
    let variable = format!("SOUNDINGS_{}", key.to_ascii_uppercase());
    let argument = Arg::new(key.as_str())
        .long(long.as_str())
        .value_name(value_name)
        .help(format!("{about}{default} [env: {variable}]"))
        .help_heading(heading)
        .global(global)
        .value_parser(OsStringValueParser::new());
    let other = WAYS.iter().find(|other| other.is_file && !is_file && other.declared.name == declared.name);
    other.into_iter().fold(argument, |argument, other| argument.conflicts_with(other.key.as_str()))
}

fn augment(command: Command, place: Place) -> Command {
    command.args(of(place).map(argument))
}

fn read(matches: &ArgMatches, place: Place) -> Flags {
    let mut flags = Flags::default();
    for Way { key, .. } in of(place) {
        if let Some(value) = matches.get_one::<OsString>(key) {
            flags.set(key.as_str(), value.clone());
        }
    }
    flags
}

macro_rules! flattened {
    ($type:ident, $place:ident) => {
        impl clap::FromArgMatches for $type {
            fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
                Ok(Self(read(matches, Place::$place)))
            }

            fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
                self.0.extend(&read(matches, Place::$place));
                Ok(())
            }
        }

        impl clap::Args for $type {
            fn augment_args(command: Command) -> Command {
                augment(command, Place::$place)
            }

            fn augment_args_for_update(command: Command) -> Command {
                augment(command, Place::$place)
            }
        }
    };
}
flattened!(EverywhereFlags, Everywhere);
flattened!(ServerFlags, Server);

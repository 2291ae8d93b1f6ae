//! The one table of settings. Whoever adds one adds it here; README.md is held to it by a test.

use super::declared::{Declared, Form, Place};
use super::sources::{Setting, Sources};
use super::{ConfigError, Environment, has_desktop};
use std::ffi::OsStr;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// Largest upload where nothing else is said: 4 GiB.
const MAX_UPLOAD_BYTES: u64 = 4 << 30;

macro_rules! settings {
    ($($(#[$doc:meta])+ $name:ident: $type:ty {
        place: $place:ident,
        form: $form:ident,
        value: $value_name:literal,
        default: $default:literal = $otherwise:expr,
        about: $about:literal,
        read: $read:expr,
        show: $show:expr,
    })+) => {
        /// Every setting of one run.
        #[derive(Debug, Clone)]
        pub struct Config {
            $($(#[$doc])+ pub $name: Setting<$type>,)+
            /// True where the user asked for output without colours (<https://no-color.org>).
            pub no_color: bool,
            /// True where there is a screen to open a browser on, as far as the environment tells.
            pub has_desktop: bool,
        }

        /// Every setting, in the order of the documentation.
        pub static SETTINGS: &[Declared] = &[$(Declared {
            name: stringify!($name),
            place: Place::$place,
            form: Form::$form,
            value_name: $value_name,
            default: $default,
            about: $about,
        }),+];

        $(pub(super) fn $name(sources: &Sources<'_>) -> Result<Setting<$type>, ConfigError> {
            let declared = SETTINGS.iter().find(|declared| declared.name == stringify!($name));
            let unknown = || ConfigError::new(concat!("no setting is called ", stringify!($name)), "");
            sources.settle(declared.ok_or_else(unknown)?, $otherwise, $read)
        })+

        impl Config {
            pub(super) fn settle(sources: &Sources<'_>, environment: &dyn Environment) -> Result<Self, ConfigError> {
                Ok(Self {
                    $($name: $name(sources)?,)+
                    no_color: environment.variable("NO_COLOR").is_some(),
                    has_desktop: has_desktop(environment),
                })
            }

            /// Name, value and origin of every setting, for a person. Secrets are never shown.
            pub fn describe(&self) -> Vec<(&'static str, String, String)> {
                vec![$({
                    let show: fn(&$type) -> String = $show;
                    (stringify!($name), show(&self.$name.value), self.$name.origin.to_string())
                }),+]
            }
        }
    };
}

settings! {
    /// The data folder.
    data_dir: PathBuf {
        place: Everywhere,
        form: Folder,
        value: "DIR",
        default: "`./data`" = PathBuf::from("data"),
        about: "Folder of the data",
        read: |said| Ok(PathBuf::from(said)),
        show: |path| path.display().to_string(),
    }
    /// Where `serve` and `demo` listen.
    listen: SocketAddr {
        place: Server,
        form: Text,
        value: "ADDR:PORT",
        default: "`127.0.0.1:8080`" = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080),
        about: "Address to listen on; port 0 picks a free one",
        read: |said| parse_listen(text(said)?),
        show: ToString::to_string,
    }
    /// Bearer token that HTTP callers must show; `None` on loopback only.
    token: Option<String> {
        place: Server,
        form: Secret,
        value: "SECRET",
        default: "" = None,
        about: "Secret that callers must send as bearer token; needed for any address but loopback. Shells keep it in their \
            history: a file and the environment do not show it",
        read: |said| parse_token(text(said)?).map(Some),
        show: |secret| hidden(secret.is_some()),
    }
    /// Bearer token that looks and changes nothing, beside the other one.
    read_token: Option<String> {
        place: Server,
        form: Secret,
        value: "SECRET",
        default: "" = None,
        about: "A second secret, for callers that may look and change nothing",
        read: |said| parse_token(text(said)?).map(Some),
        show: |secret| hidden(secret.is_some()),
    }
    /// Proxies that are believed when they say who asks.
    trusted_proxies: Vec<IpAddr> {
        place: Server,
        form: Text,
        value: "ADDR,…",
        default: "none" = Vec::new(),
        about: "Addresses of proxies, whose X-Forwarded-For says who asks: wrong tokens are counted per asker",
        read: |said| parse_addresses(text(said)?),
        show: |all| if all.is_empty() {
            "none".to_owned()
        } else {
            all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        },
    }
    /// Threads for the model; 0 = one per core.
    threads: usize {
        place: Everywhere,
        form: Number,
        value: "N",
        default: "one per core" = 0,
        about: "Threads for the model; 0 = one per core",
        read: |said| parse_threads(text(said)?),
        show: |n| if *n == 0 { "one per core".to_owned() } else { n.to_string() },
    }
    /// Largest accepted upload, bytes.
    max_upload_bytes: u64 {
        place: Server,
        form: Number,
        value: "SIZE",
        default: "4GiB" = MAX_UPLOAD_BYTES,
        about: "Largest accepted upload",
        read: |said| parse_bytes(text(said)?),
        show: ToString::to_string,
    }
    /// Log filter; `None`: the command's own default.
    log: Option<String> {
        place: Everywhere,
        form: Text,
        value: "LEVEL",
        default: "`info` for serve, `warn` else" = None,
        about: "Log to standard error: error, warn, info, debug or a filter such as soundings::queue=debug",
        read: |said| Ok(Some(text(said)?.to_owned())),
        show: |log| log.clone().unwrap_or_else(|| "by command".to_owned()),
    }
}

fn hidden(is_set: bool) -> String {
    if is_set { "set (hidden)".to_owned() } else { "none".to_owned() }
}

fn text(said: &OsStr) -> Result<&str, ConfigError> {
    said.to_str().ok_or_else(|| ConfigError::new("the value is not UTF-8", "unset it, or mend it"))
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

/// Addresses, separated by commas.
fn parse_addresses(text: &str) -> Result<Vec<IpAddr>, ConfigError> {
    let parse = |one: &str| {
        one.trim().parse().map_err(|_| {
            ConfigError::new(
                format!("`{}` is not an address", one.trim()),
                "write addresses without ports, separated by commas, for example 127.0.0.1,::1",
            )
        })
    };
    text.split(',').map(parse).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn addresses_are_read_one_by_one() {
        let check = |text: &str, expected: Option<usize>| {
            assert_eq!(parse_addresses(text).ok().map(|all| all.len()), expected, "{text}");
        };
        check("127.0.0.1", Some(1));
        check("10.0.0.2, ::1", Some(2));
        check("127.0.0.1:80", None);
        check("10.0.0.0/8", None);
        check("", None);
    }

    #[test]
    fn a_setting_is_spelt_one_way() {
        let one = SETTINGS.iter().find(|declared| declared.name == "max_upload_bytes").unwrap();
        assert_eq!((one.flag(), one.variable()), ("--max-upload-bytes".into(), "SOUNDINGS_MAX_UPLOAD_BYTES".into()));
    }
}

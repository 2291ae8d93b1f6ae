//! What this process shows to other users of the machine: as little as the system lets it.

use std::ffi::OsString;

/// Whatever this process writes from here on is for this user only, whichever umask the shell has.
#[cfg(unix)]
pub(super) fn keep_files_private() {
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

/// Access is not a matter of a file's mode here.
#[cfg(not(unix))]
pub(super) fn keep_files_private() {}

/// Takes a token out of the list of processes: the same program goes on under the same number, without `--token` and with the
/// token in its environment, which is for this user's eyes only. Returns where there is no token, or where that cannot be
/// done; then the flag is as good as ever.
///
/// Call before any thread is started and anything is opened.
#[cfg(target_os = "linux")]
pub(super) fn hide_token(arguments: &[OsString]) {
    use std::os::unix::process::CommandExt;
    let Some((rest, token)) = without_token(arguments) else { return };
    let Some((name, rest)) = rest.split_first() else { return };
    // By its path, so that the list of processes names it as before.
    let Ok(program) = std::env::current_exe() else { return };
    // Only ever returns with an error.
    let error = std::process::Command::new(program).arg0(name).args(rest).env("SOUNDINGS_TOKEN", token).exec();
    drop(error);
}

#[cfg(not(target_os = "linux"))]
pub(super) fn hide_token(_: &[OsString]) {}

/// The arguments without their one `--token`, and its value; `None` where there is none, or anything unclear about it: then the
/// parser of the command line has to say what is wrong.
#[cfg(target_os = "linux")]
fn without_token(arguments: &[OsString]) -> Option<(Vec<OsString>, OsString)> {
    let mut rest = Vec::with_capacity(arguments.len());
    let mut token = None;
    let mut given = arguments.iter();
    while let Some(argument) = given.next() {
        let text = argument.to_str()?;
        let value = match text.strip_prefix("--token") {
            _ if text == "--" || text == "--token-file" || text.starts_with("--token-file=") => return None,
            Some("") => Some(given.next()?.clone()),
            Some(after) => after.strip_prefix('=').map(OsString::from),
            None => None,
        };
        match value {
            // One that cannot be a token, or begins like a flag, is for those to refuse who name the flag.
            Some(value) if token.is_some() || !is_plain(&value) => return None,
            Some(value) => token = Some(value),
            None => rest.push(argument.clone()),
        }
    }
    token.map(|token| (rest, token))
}

#[cfg(target_os = "linux")]
fn is_plain(value: &OsString) -> bool {
    value.to_str().is_some_and(|text| {
        !text.is_empty() && !text.starts_with('-') && text.bytes().all(|byte| byte.is_ascii_graphic())
    })
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_taken_out_of_the_arguments() {
        let check = |line: &str, expected: Option<(&str, &str)>| {
            let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let got = without_token(&arguments).map(|(rest, token)| {
                (rest.join(OsString::from(" ").as_os_str()).into_string().unwrap(), token.into_string().unwrap())
            });
            assert_eq!(got, expected.map(|(rest, token)| (rest.to_owned(), token.to_owned())), "{line}");
        };
        check("soundings serve --token abc --headless", Some(("soundings serve --headless", "abc")));
        check("soundings serve --token=a=b", Some(("soundings serve", "a=b")));
        check("soundings serve --headless", None);
        check("soundings serve --token", None);
        check("soundings serve --token=", None);
        check("soundings serve --token --headless", None);
        check("soundings serve --token ä", None);
        check("soundings serve --token a --token b", None);
        check("soundings serve --token a --token-file b", None);
        check("soundings search -- --token a", None);
        check("soundings serve --tokens a", None);
    }
}

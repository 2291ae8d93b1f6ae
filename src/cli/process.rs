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

/// Takes secrets out of the list of processes: the same program goes on under the same number, without their flags and with
/// the secrets in its environment, which is for this user's eyes only. Returns where there is none, or where that cannot be
/// done; then the flags are as good as ever.
///
/// Call before any thread is started and anything is opened.
#[cfg(target_os = "linux")]
pub(super) fn hide_secrets(arguments: &[OsString]) {
    use std::os::unix::process::CommandExt;
    let secrets: Vec<(String, String)> = super::setting_flags::secrets().map(|s| (s.flag(), s.variable())).collect();
    let Some((rest, hidden)) = without_secrets(arguments, &secrets) else { return };
    let Some((name, rest)) = rest.split_first() else { return };
    // By its path, so that the list of processes names it as before.
    let Ok(program) = std::env::current_exe() else { return };
    // Only ever returns with an error.
    let error = std::process::Command::new(program).arg0(name).args(rest).envs(hidden).exec();
    drop(error);
}

#[cfg(not(target_os = "linux"))]
pub(super) fn hide_secrets(_: &[OsString]) {}

/// Arguments without secrets, and the secrets with the names of their variables.
#[cfg(target_os = "linux")]
type Hidden = (Vec<OsString>, Vec<(String, OsString)>);

/// The arguments without the flags of secrets; `None` where there is none, or anything unclear about them: then the parser of
/// the command line has to say what is wrong.
#[cfg(target_os = "linux")]
fn without_secrets(arguments: &[OsString], secrets: &[(String, String)]) -> Option<Hidden> {
    let mut rest = Vec::with_capacity(arguments.len());
    let mut hidden: Vec<(String, OsString)> = Vec::new();
    let mut given = arguments.iter();
    while let Some(argument) = given.next() {
        let text = argument.to_str()?;
        if text == "--" {
            return None;
        }
        let secret = secrets.iter().find_map(|(flag, variable)| match text.strip_prefix(flag.as_str())? {
            "" => Some((variable, None)),
            after => after.strip_prefix('=').map(|value| (variable, Some(OsString::from(value)))),
        });
        let Some((variable, value)) = secret else {
            rest.push(argument.clone());
            continue;
        };
        let value = match value {
            Some(value) => value,
            None => given.next()?.clone(),
        };
        // One that cannot be a token, or begins like a flag, is for those to refuse who name the flag.
        if !is_plain(&value) || hidden.iter().any(|(known, _)| known == variable) {
            return None;
        }
        hidden.push((variable.clone(), value));
    }
    (!hidden.is_empty()).then_some((rest, hidden))
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
    fn secrets_are_taken_out_of_the_arguments() {
        let secrets = [("--token".to_owned(), "T".to_owned()), ("--read-token".to_owned(), "R".to_owned())];
        let check = |line: &str, expected: Option<(&str, &str)>| {
            let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let got = without_secrets(&arguments, &secrets).map(|(rest, hidden)| {
                let hidden: Vec<_> = hidden.iter().map(|(name, value)| format!("{name}={}", value.display())).collect();
                (rest.join(OsString::from(" ").as_os_str()).into_string().unwrap(), hidden.join(" "))
            });
            assert_eq!(got, expected.map(|(rest, hidden)| (rest.to_owned(), hidden.to_owned())), "{line}");
        };
        check("soundings serve --token abc --headless", Some(("soundings serve --headless", "T=abc")));
        check("soundings serve --token=a=b", Some(("soundings serve", "T=a=b")));
        check("soundings serve --read-token=b --token a", Some(("soundings serve", "R=b T=a")));
        check("soundings serve --token a --read-token-file b", Some(("soundings serve --read-token-file b", "T=a")));
        check("soundings serve --headless", None);
        check("soundings serve --token", None);
        check("soundings serve --token=", None);
        check("soundings serve --token --headless", None);
        check("soundings serve --token ä", None);
        check("soundings serve --token a --token b", None);
        check("soundings search -- --token a", None);
        check("soundings serve --tokens a", None);
    }
}

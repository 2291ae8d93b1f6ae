//! `--map`: what columns are, where the guess is wrong.

use super::error::Failure;
use crate::domain::{ColumnRole, Mapping};

/// `text=Review,date=Posted` → roles with columns. A comma that no role follows belongs to the column's name.
pub(super) fn parse_map(flags: &[String]) -> anyhow::Result<Mapping> {
    let mut pairs: Vec<(ColumnRole, String)> = Vec::new();
    for flag in flags {
        let mut first = true;
        for piece in flag.split(',') {
            let role = piece.split_once('=').and_then(|(role, column)| {
                ColumnRole::parse(&role.trim().to_ascii_lowercase()).map(|role| (role, column.trim().to_owned()))
            });
            match (role, pairs.last_mut()) {
                (Some(pair), _) => pairs.push(pair),
                (None, Some((_, column))) if !first && !piece.contains('=') => {
                    column.push(',');
                    column.push_str(piece);
                }
                _ => {
                    let roles: Vec<&str> = ColumnRole::ALL.iter().map(|role| role.as_str()).collect();
                    return Err(Failure::usage(
                        format!("--map: `{piece}` is not ROLE=COLUMN"),
                        format!("write for example --map text=Review,date=Posted; roles: {}", roles.join(", ")),
                    )
                    .into());
                }
            }
            first = false;
        }
    }
    for (i, (role, column)) in pairs.iter().enumerate() {
        if let Some((_, other)) = pairs[..i].iter().find(|(earlier, _)| earlier == role) {
            return Err(Failure::usage(
                format!("--map: two columns for {}: `{other}` and `{column}`", role.as_str()),
                "name one column per role",
            )
            .into());
        }
        if let Some((other, _)) = pairs[..i].iter().find(|(_, earlier)| earlier == column) {
            return Err(Failure::usage(
                format!("--map: `{column}` is given for {} and for {}", other.as_str(), role.as_str()),
                "give each role a column of its own",
            )
            .into());
        }
    }
    Ok(Mapping(pairs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_mapped() {
        let check = |flags: &[&str], expected: Option<&str>| {
            let flags: Vec<String> = flags.iter().map(ToString::to_string).collect();
            let found = parse_map(&flags).ok().map(|mapping| {
                let pairs: Vec<_> =
                    mapping.0.iter().map(|(role, column)| format!("{}={column}", role.as_str())).collect();
                pairs.join("|")
            });
            assert_eq!(found.as_deref(), expected, "{flags:?}");
        };
        check(&[], Some(""));
        check(&["text=Review,date=Posted"], Some("text=Review|date=Posted"));
        check(&["text=Review", "date=Posted"], Some("text=Review|date=Posted"));
        check(&["Text = Review Text"], Some("text=Review Text"));
        check(&["text=Pros, cons,date=D"], Some("text=Pros, cons|date=D"));
        check(&["rating="], Some("rating="));
        check(&["words=Review"], None);
        check(&["Review"], None);
        check(&["text=A,text=B"], None);
    }
}

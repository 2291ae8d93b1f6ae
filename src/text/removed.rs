//! Places of texts that are gone: `[deleted]` is what a service shows, not what anybody said.
//!
//! Must not take a review for one: "Deleted it after a day" is somebody's opinion.

/// Words in brackets that stand for a text that was taken away.
const IN_BRACKETS: &[&str] = &[
    "deleted",
    "removed",
    "deleted by user",
    "deleted by author",
    "deleted by the author",
    "deleted by moderator",
    "removed by user",
    "removed by author",
    "removed by moderator",
    "removed by moderators",
    "removed by a moderator",
    "removed by mod",
    "removed by mods",
    "removed by reddit",
    "removed by admin",
    "comment deleted",
    "comment removed",
    "comment removed by moderator",
    "comment deleted by user",
    "post deleted",
    "post removed",
    "message deleted",
    "message removed",
    "content deleted",
    "content removed",
    "review removed",
    "review deleted",
    "deleted user",
    "deleted comment",
    "deleted message",
    "removed comment",
    "unavailable",
    "redacted",
];

/// The same as whole sentences, with or without brackets.
const SENTENCES: &[&str] = &[
    "this message was deleted",
    "this message has been deleted",
    "you deleted this message",
    "this comment was deleted",
    "this comment has been deleted",
    "this comment was removed",
    "this comment has been removed",
    "this comment has been removed by a moderator",
    "this comment was removed by a moderator",
    "this post was deleted",
    "this post has been deleted",
    "this post was removed",
    "this post has been removed",
    "this review was removed",
    "this review has been removed",
    "this content is no longer available",
    "this tweet is unavailable",
    "this tweet was deleted by the tweet author",
    "this post was deleted by the post author",
    "comment removed by moderator",
    "comment deleted by user",
];

/// True where `text` is nothing but the sign that a text stood here.
pub fn is_removed(text: &str) -> bool {
    // Longer ones are texts; most texts are told apart here.
    if text.len() > 80 {
        return false;
    }
    let plain = |c: char| c.is_whitespace() || matches!(c, '*' | '_' | '\\' | '.' | '~' | '"');
    let bare = text.trim_matches(plain);
    let bracketed = [('[', ']'), ('<', '>'), ('(', ')'), ('{', '}')]
        .iter()
        .find_map(|(open, close)| bare.strip_prefix(*open)?.strip_suffix(*close));
    let words: Vec<String> =
        bracketed.unwrap_or(bare).split(plain).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let words = words.join(" ");
    bracketed.is_some() && IN_BRACKETS.contains(&words.as_str()) || SENTENCES.contains(&words.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: bool) {
        assert_eq!(is_removed(text), expected, "{text:?}");
    }

    #[test]
    fn what_services_leave_behind() {
        for text in [
            "[deleted]",
            "[removed]",
            " [Deleted] ",
            "[deleted by user]",
            "[ Removed by Reddit ]",
            "[removed by Reddit]",
            "\\[deleted\\]",
            "*[removed]*",
            "<deleted>",
            "This message was deleted.",
            "[This comment has been removed by a moderator]",
        ] {
            check(text, true);
        }
    }

    #[test]
    fn what_people_say() {
        for text in [
            "",
            "deleted",
            "Removed",
            "Deleted the app after a day.",
            "[deleted] was right about this one",
            "[removed] [deleted] lol",
            "[NSFW]",
            "(great)",
            "My review was removed by the shop!",
        ] {
            check(text, false);
        }
    }
}

//! Values of cells that are no words: links, languages, and the many ways to say nothing.

/// A link that may be followed: http and https alone. Reddit's permalinks are completed.
pub(super) fn link(text: &str) -> Option<String> {
    let first = text.split([' ', '\n', '|']).next()?.split(",http").next()?;
    let lower = first.to_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        Some(first.to_owned())
    } else if lower.starts_with("www.") {
        Some(format!("https://{first}"))
    } else if lower.starts_with("/r/") {
        Some(format!("https://www.reddit.com{first}"))
    } else {
        None
    }
}

/// All languages with a code of two letters.
const ISO_639_1: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de \
    dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it \
    iu iw ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb \
    nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss \
    st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

/// ISO 639-1 code of a language tag or a language's name; `None` where it is neither.
pub(super) fn language_code(name: &str) -> Option<String> {
    const NAMES: [(&str, &str); 30] = [
        ("en", "english|eng|englisch|anglais|inglés|inglês|inglese"),
        ("de", "german|deu|ger|deutsch|allemand|alemán|tedesco"),
        ("fr", "french|fra|fre|français|francais|französisch|francés"),
        ("es", "spanish|spa|español|espanol|spanisch|espagnol|latam|castellano"),
        ("it", "italian|ita|italiano|italienisch"),
        ("pt", "portuguese|por|português|portugues|brazilian|portugiesisch"),
        ("nl", "dutch|nld|dut|nederlands|niederländisch"),
        ("pl", "polish|pol|polski"),
        ("ru", "russian|rus|русский"),
        ("uk", "ukrainian|ukr|українська"),
        ("tr", "turkish|tur|türkçe"),
        ("ja", "japanese|jpn|日本語"),
        ("zh", "chinese|zho|chi|schinese|tchinese|中文|simplified chinese|traditional chinese"),
        ("ko", "korean|kor|koreana|한국어"),
        ("ar", "arabic|ara|العربية"),
        ("hi", "hindi|hin"),
        ("sv", "swedish|swe|svenska"),
        ("da", "danish|dan|dansk"),
        ("no", "norwegian|nor|norsk"),
        ("fi", "finnish|fin|suomi"),
        ("el", "greek|ell|gre|ελληνικά"),
        ("he", "hebrew|heb|iw|עברית"),
        ("id", "indonesian|ind|bahasa indonesia"),
        ("vi", "vietnamese|vie|tiếng việt"),
        ("th", "thai|tha|ไทย"),
        ("cs", "czech|ces|cze|čeština"),
        ("hu", "hungarian|hun|magyar"),
        ("ro", "romanian|ron|rum|română"),
        ("bg", "bulgarian|bul|български"),
        ("ca", "catalan|cat|català"),
    ];
    let lower = name.trim().to_lowercase();
    let known =
        |wanted: &str| NAMES.iter().find(|(_, names)| names.split('|').any(|n| n == wanted)).map(|(code, _)| *code);
    if let Some(code) = known(&lower) {
        return Some(code.to_owned());
    }
    let tag = lower.split(['-', '_']).next().unwrap_or_default();
    if let Some(code) = known(tag) {
        return Some(code.to_owned());
    }
    // `us` and `jp` are countries: a language column that holds them says where somebody is, not what they write.
    let is_code = match tag.len() {
        2 => ISO_639_1.split_ascii_whitespace().any(|code| code == tag),
        3 => tag.bytes().all(|b| b.is_ascii_lowercase()) && !is_no_language(tag),
        _ => false,
    };
    is_code.then(|| tag.to_owned())
}

/// True for the codes that say that there is no language: of ISO 639 (no words, not told, several, none of those listed),
/// and of X (links, tags, mentions or pictures alone).
pub(super) fn is_no_language(code: &str) -> bool {
    const NONE: [&str; 11] = ["zxx", "und", "mul", "mis", "qme", "qht", "qam", "qct", "qst", "art", "undefined"];
    NONE.contains(&code.trim().to_lowercase().as_str())
}

/// True for texts that say that nobody said anything: `N/A`, `none`, `-`, `No Negative`.
pub(super) fn says_nothing(text: &str) -> bool {
    const NOTHING: &str = "n/a|na|none|null|nil|nan|undefined|#n/a|\\n|n.a|n. a|no negative|no positive|no comment|no comments|\
        no review|no text|no feedback|not applicable|no answer|(none)|(blank)|(empty)|[none]|(no comment)|(null)|<null>|nothing to add|\
        keine angabe|keine angaben|kein kommentar|keine kommentare|k.a|k. a|entfällt|keine|kein|aucun|aucune|\
        aucun commentaire|sans commentaire|néant|ninguno|ninguna|sin comentarios|sin comentario|nessuno|nessuna|\
        nessun commento|nenhum|nenhuma|sem comentários|sem comentário|geen|geen opmerkingen|n.v.t|nvt|なし|特になし|无|無し|没有|없음|нет";
    let lower = text.trim().to_lowercase();
    let bare = lower.trim_end_matches(['.', '!']).trim();
    lower.is_empty()
        || lower.chars().all(|c| matches!(c, '-' | '–' | '—' | '.' | '…' | '_' | '/' | '*' | ' '))
        || bare.chars().count() <= 30 && NOTHING.split('|').any(|word| word == bare)
}

/// As [`says_nothing`], where the question was what was good or bad: "Nothing" is no complaint.
pub(super) fn names_nothing(text: &str) -> bool {
    const NOTHING: &str = "nothing|nothing really|nothing at all|nothing much|none really|no|not really|nope|nichts|nein|rien|\
        rien du tout|nada|niente|no cons|no pros|no dislikes|no complaints|nulla|niets|x|0|ничего|特にない";
    let lower = text.trim().to_lowercase();
    let bare = lower.trim_end_matches(['.', '!']).trim();
    says_nothing(text) || NOTHING.split('|').any(|word| word == bare)
}

/// What a chat program wrote by itself (somebody joined, a topic was set); `None` where a person speaks.
pub(super) fn system_message(kind: &str) -> bool {
    const DISCORD: [&str; 10] = [
        "GuildMemberJoin",
        "ChannelPinnedMessage",
        "RecipientAdd",
        "RecipientRemove",
        "ChannelNameChange",
        "ChannelIconChange",
        "UserPremiumGuildSubscription",
        "ChannelFollowAdd",
        "ThreadCreated",
        "Call",
    ];
    const SLACK: [&str; 12] = [
        "bot_add",
        "bot_remove",
        "pinned_item",
        "unpinned_item",
        "reminder_add",
        "joiner_notification",
        "tombstone",
        "huddle_thread",
        "sh_room_created",
        "app_conversation_join",
        "ekm_access_denied",
        "channel_canvas_updated",
    ];
    let kind = kind.trim();
    (kind.starts_with("channel_") || kind.starts_with("group_")) && kind != "channel_message"
        || SLACK.contains(&kind)
        || DISCORD.contains(&kind)
}

/// The same, told by the words where the export has no type: `<@U123> has joined the channel`.
pub(super) fn is_system_text(text: &str) -> bool {
    text.len() < 200
        && text.starts_with("<@")
        && text.contains('>')
        && ["has joined the channel", "has left the channel", "has joined the group", "has left the group"]
            .iter()
            .any(|end| text.trim_end_matches('.').ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_nothing() {
        for text in
            ["N/A", "none", "-", "--", "No Negative", " No Positive ", "n.a.", "None.", "…", "keine Angabe", "(none)"]
        {
            assert!(says_nothing(text), "{text}");
        }
        for text in ["Nothing", "no", "none of it works", "ok", "0", "👍", "?", "5/5", "bad", "I"] {
            assert!(!says_nothing(text), "{text}");
        }
        assert!(names_nothing("Nothing"));
        assert!(!names_nothing("Nothing works"));
    }

    #[test]
    fn programs_are_not_people() {
        assert!(system_message("channel_join"));
        assert!(system_message("GuildMemberJoin"));
        assert!(!system_message("thread_broadcast"));
        assert!(!system_message("bot_message"));
        assert!(is_system_text("<@U012AB3CD> has joined the channel"));
        assert!(!is_system_text("Ann has joined the channel"));
    }

    #[test]
    fn languages_have_codes() {
        let check = |name: &str, expected: Option<&str>| assert_eq!(language_code(name).as_deref(), expected, "{name}");
        check("en-US", Some("en"));
        check("English", Some("en"));
        check("deu", Some("de"));
        check("klingon or so", None);
        check("zxx", None);
        check("US", None);
        check("gb", None);
        check("zh_TW", Some("zh"));
    }
}

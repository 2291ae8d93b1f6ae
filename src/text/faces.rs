//! Faces typed with signs → the names of the emoji that they stand for: `:(` reads as 🙁 does.
//!
//! Only a word of its own is a face: `re:(new)` is none. `models/training/textnorm.py` is the original.

use std::borrow::Cow;

const FACES: [(&str, &str); 11] = [
    ("slightly smiling face", ":) :-) =) (: :] :^)"),
    ("grinning face", ":D :-D =D"),
    ("winking face", ";) ;-)"),
    ("face with tongue", ":P :-P :p :-p"),
    ("frowning face", ":( :-( =( ): :[ :^("),
    ("crying face", ":'( :,("),
    ("angry face", ">:( >:-("),
    ("confused face", ":/ :-/ :\\ :-\\"),
    ("neutral face", ":| :-|"),
    ("red heart", "<3"),
    ("broken heart", "</3"),
];

/// `text` with each face that is a word of its own as its name, white space between words collapsed where there may be
/// one.
pub(super) fn name_faces(text: &str) -> Cow<'_, str> {
    if !text.contains([':', ';', '=', '<']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 32);
    for word in text.split(super::space::is_space).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(name(word).unwrap_or(word));
    }
    Cow::Owned(out)
}

/// The name of a face; sentence marks behind it and further mouths do not matter.
fn name(word: &str) -> Option<&'static str> {
    // Three signs are the longest face; of a long word only its end could be one, and then it is none.
    let face = match word.trim_end_matches(['.', ',', '!', '?']) {
        "" => word,
        rest => rest,
    };
    let mouth = face
        .chars()
        .next_back()
        .filter(|c| matches!(c, '(' | ')'))
        .filter(|mouth| !face.trim_end_matches(*mouth).is_empty());
    let eyes = mouth.map_or(face, |mouth| face.trim_end_matches(mouth));
    let same = |known: &str| match mouth {
        Some(mouth) => known.strip_suffix(mouth) == Some(eyes),
        None => known == eyes,
    };
    FACES.iter().find(|(_, known)| known.split(' ').any(same)).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_their_own() {
        let check = |text: &str, expected: &str| assert_eq!(name_faces(text), expected, "{text:?}");
        check(":(", "frowning face");
        check("so  sad :((( .", "so sad frowning face .");
        check("love it :)! <3", "love it slightly smiling face red heart");
        check(":'( >:( ): (: </3", "crying face angry face frowning face slightly smiling face broken heart");
        check(
            ":D =D ;) :p :/ :|",
            "grinning face grinning face winking face face with tongue confused face neutral face",
        );
        let same = |text: &str| check(text, text);
        same("(see below)");
        same("list: a; b = (c)");
        same("re:(new) 3:1 <b> ) ( ((( :");
        same("no sign  at all");
    }
}

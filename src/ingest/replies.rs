//! What an owner, a shop or a developer answered, told from names of columns and from the words in them.

use super::column_names::normalise;

/// Whether a column is what the owner, the shop or the developer answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answering {
    /// It is not.
    No,
    /// It is, where another column is the text: in a questionnaire, `Response` is what people wrote.
    Perhaps,
    /// It is.
    Yes,
}

/// Whether `name`, nested or not, names an answer to the text.
pub(super) fn answering(name: &str) -> Answering {
    const REPLY: &str =
        "reply|replies|replied|resp|rejoinder|erwiderung|replytext|replycontent|replycomment|réplica|返信|回复|답글";
    const ANSWER: &str = "response|responses|answer|answers|antwort|antworten|rückmeldung|réponse|reponse|réponses|respuesta|\
        respuestas|risposta|resposta|antwoord|svar|odpowiedź|ответ|yanıt|stellungnahme";
    const OWNER: &str = "owner|admin|administrator|vendor|merchant|seller|host|agent|developer|dev|management|moderator|\
        provider|supplier|retailer|operator|inhaber|inhabers|betreiber|anbieter|händler|verkäufer|entwickler|entwicklers|\
        gastgeber|propriétaire|vendeur|développeur|hôte|propietario|vendedor|anfitrión|desarrollador|proprietario|venditore|\
        host|proprietário|anfitrião|eigenaar|verkoper|ontwikkelaar|employer|arbeitgeber|arbeitgebers|\
        vermieter|landlord|employeur|empleador|datore|werkgever";
    const FIRM: &str = "company|business|store|shop|hotel|restaurant|property|brand|support|staff|team|manager|official|\
        publisher|unternehmen|firma|entreprise|empresa|azienda|bedrijf|kundenservice|service|organization|org";
    const WORDS: &str = "comment|comments|message|messages|text|content|body|feedback|note|notes|statement|remark|kommentar|\
        nachricht|commentaire|comentario|commento|comentário|reactie|action|reaction";
    // `company_comment` is what it says; `Hotel comments` and `Service feedback` are about it.
    const WORD: &str = "comment|message|text|content|body|note|statement|remark|kommentar|nachricht|commentaire|comentario|\
        commento|comentário|reactie|reaction|action";
    const TOWARDS: &str = "for|to|about|für|an|über|pour|para|per|voor|towards|regarding";
    const OURS: &str = "our|unser|unsere|notre|nuestro|nuestra|nostro|nostra|nosso|nossa|onze";
    let one_of = |set: &str, word: &str| set.split('|').any(|w| w == word);
    let parts: Vec<String> = name.split(['.', '/']).map(normalise).collect();
    let mut found = Answering::No;
    for (i, part) in parts.iter().enumerate() {
        let words: Vec<&str> = part.split(' ').collect();
        // A long name is a question, and asks about answers at most.
        if words.len() > 6 {
            continue;
        }
        // `Response Type`, `Response ID`: what is said about an answer.
        if words.len() > 1 && matches!(words.last(), Some(&("type" | "id" | "status" | "number" | "count"))) {
            continue;
        }
        // `Feedback for the management` is what somebody says to it.
        let is_owner = |word: &&str| one_of(OWNER, word) || one_of(FIRM, word);
        let towards = |at: usize| one_of(TOWARDS, words[at]) && words[at + 1..].iter().take(2).any(is_owner);
        if (1..words.len()).any(towards) {
            continue;
        }
        let has = |set: &str| words.iter().any(|word| one_of(set, word));
        let joined = joined_answer(&words, OWNER, FIRM);
        let is_group = i + 1 < parts.len();
        let last_is_words = parts.last().is_some_and(|last| last.split(' ').any(|w| one_of(WORDS, w)));
        let by_owner = has(OWNER) || has(FIRM);
        let says = if has(REPLY) || joined || by_owner && has(ANSWER) {
            Answering::Yes
        } else if has(ANSWER)
            || has(OWNER) && has(WORDS)
            || has(FIRM) && has(WORD)
            || has(OURS) && has(WORD)
            || is_group && last_is_words && by_owner
        {
            if is_group && words.len() == 1 && has(OWNER) { Answering::Yes } else { Answering::Perhaps }
        } else {
            Answering::No
        };
        if says != Answering::No && found != Answering::Yes {
            found = says;
        }
    }
    found
}

/// `ownerresponse`, `developerreply`: names without a sign between their words.
fn joined_answer(words: &[&str], owner: &str, firm: &str) -> bool {
    words.iter().any(|word| {
        let ends = ["response", "reply", "answer", "antwort", "comment"].iter().find_map(|end| word.strip_suffix(end));
        ends.is_some_and(|who| {
            who.len() > 2 && (owner.split('|').chain(firm.split('|')).any(|o| o == who))
                || who.ends_with("review") && word.ends_with("reply")
        })
    })
}

/// Words that only those write who answer a review: about the review, to its author, for a firm.
const SAID_BACK: &str = "we thank you|we appreciate your|we appreciate you taking|we re sorry|we are sorry|we are so sorry|\
    we are very sorry|we re so sorry|we apologize|we apologise|our apologies|our sincere apologies|sorry to hear|\
    sorry for the inconvenience|sorry for any inconvenience|sorry about your|we are glad|we re glad|we are happy to|\
    we re happy to|we are so happy|we re so happy|we are pleased|we are delighted|we re delighted|we are thrilled|\
    we re thrilled|glad to hear that you|glad you enjoyed|happy you enjoyed|hope to see you|hope to welcome you|\
    look forward to seeing you|look forward to welcoming|looking forward to seeing you|looking forward to welcoming|\
    look forward to your next|welcome you back|welcoming you back|see you again soon|please reach out to us|\
    please contact us|please contact our|please email us|please write to us|please get in touch with|reach out to us|\
    your valuable feedback|your kind words|dear guest|dear customer|dear valued|\
    wir danken ihnen|wir bedanken uns|wir freuen uns|es freut uns|das freut uns|tut uns leid|tut uns sehr leid|\
    wir bedauern|wir entschuldigen uns|wir bitten um entschuldigung|sehr geehrte|sehr geehrter|lieber gast|liebe gäste|\
    lieber kunde|liebe kundin|wenden sie sich|kontaktieren sie uns|schreiben sie uns|melden sie sich|auf ein wiedersehen|\
    nous vous remercions|nous sommes désolés|nous sommes ravis|nous regrettons|veuillez nous|au plaisir de vous|\
    n hésitez pas à nous|cher client|chère cliente|\
    le agradecemos|te agradecemos|agradecemos su|agradecemos tu|lamentamos|sentimos mucho|esperamos verle|esperamos verte|\
    estimado cliente|estimada clienta|estimado huésped|\
    la ringraziamo|ti ringraziamo|ci dispiace|siamo lieti|siamo felici|siamo spiacenti|gentile cliente|gentile ospite|\
    agradecemos o seu|agradecemos a sua|pedimos desculpa|pedimos desculpas|ficamos felizes|\
    wij danken|hartelijk dank voor uw|het spijt ons|wij vinden het|geachte";

/// Thanks, and what only an answer gives thanks for.
const THANKS: &str =
    "thank you|thanks|vielen dank|herzlichen dank|danke|merci|gracias|grazie|obrigado|obrigada|bedankt|dank je|dank u";
const THANKED_FOR: &str = "your review|your feedback|your comment|your comments|your rating|your words|your message|your evaluation|\
    review|feedback|rating|stars|kind words|taking the time|letting us know|sharing your|choosing us|choosing our|staying with us|\
    your stay|your visit|your purchase|your positive|your kind|your honest|bringing this|reaching out|\
    ihre bewertung|deine bewertung|bewertung|rezension|rückmeldung|ihre worte|ihren besuch|deinen besuch|ihr feedback|dein feedback|\
    votre avis|ton avis|votre commentaire|votre retour|votre visite|votre confiance|ces mots|\
    su comentario|tu comentario|su reseña|tu reseña|su opinión|tu opinión|su valoración|tu valoración|su visita|tu visita|\
    sua recensione|tua recensione|recensione|sue parole|sua avaliação|seu comentário|avaliação|\
    uw review|je review|uw beoordeling|je beoordeling|uw bezoek|je bezoek";

/// How far behind the thanks stands what they are for, in words.
const THANKS_REACH: usize = 14;

/// True where the words are those of who answers a review: "Thank you for your review", "Es tut uns leid".
pub(super) fn sounds_like_answer(text: &str) -> bool {
    let head: String = text.chars().take(600).collect();
    let words: Vec<String> = head
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let spaced = |words: &[String]| format!(" {} ", words.join(" "));
    let all = spaced(&words);
    let holds = |text: &str, set: &str| set.split('|').any(|phrase| text.contains(&format!(" {phrase} ")));
    if holds(&all, SAID_BACK) {
        return true;
    }
    THANKS.split('|').any(|thanks| {
        let Some(at) = all.find(&format!(" {thanks} ")) else { return false };
        let behind: Vec<String> =
            all[at + thanks.len()..].split_whitespace().take(THANKS_REACH).map(str::to_owned).collect();
        holds(&spaced(&behind), THANKED_FOR)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_who_answers() {
        for text in [
            "We thank you for your positive comment and are pleased that you are so happy with our product, see you soon",
            "Hi Ann, thanks so much for the lovely review!",
            "Dear guest, we hope to see you soon.",
            "Sorry to hear that. Please write to us.",
            "Vielen Dank für Ihre ausführliche Bewertung!",
            "Es tut uns sehr leid, dass Sie warten mussten.",
            "Merci pour votre avis, à bientôt",
            "Gracias por tu reseña, Ana",
            "We’re sorry about the delay",
        ] {
            assert!(sounds_like_answer(text), "{text}");
        }
        for text in [
            "Thank you for the quick delivery!",
            "Thanks to the staff, great stay",
            "We were sorry to leave",
            "Danke an das ganze Team",
            "They never said sorry",
            "Merci à toute l'équipe",
            "",
        ] {
            assert!(!sounds_like_answer(text), "{text}");
        }
    }

    #[test]
    fn answers_are_not_texts() {
        use Answering::{No, Perhaps, Yes};
        for (name, expected) in [
            ("resp.text", Yes),
            ("resp", Yes),
            ("reply", Yes),
            ("reviewReply.comment", Yes),
            ("ownerResponse.text", Yes),
            ("ownerresponse", Yes),
            ("Developer Reply Text", Yes),
            ("Developer Reply Date and Time", Yes),
            ("Company reply", Yes),
            ("replyContent", Yes),
            ("admin.comment", Yes),
            ("vendor.message", Yes),
            ("developer_response.body", Yes),
            ("owner_answer", Yes),
            ("Antwort des Inhabers", Yes),
            ("réponse du propriétaire", Yes),
            ("Respuesta del propietario", Yes),
            ("Response from management", Yes),
            ("answer", Perhaps),
            ("answer.text", Perhaps),
            ("Response", Perhaps),
            ("Open-Ended Response", Perhaps),
            ("merchant_comment", Perhaps),
            ("company_comment", Perhaps),
            ("host_message", Perhaps),
            ("seller_feedback", Perhaps),
            ("Kommentar des Arbeitgebers", Perhaps),
            ("Our comment", Perhaps),
            ("Feedback for the management", No),
            ("Reply to review", Yes),
            ("review", No),
            ("customer_message", No),
            ("text", No),
            ("developer", No),
            ("What answer would you have liked to get from our support team?", No),
        ] {
            assert_eq!(answering(name), expected, "{name}");
        }
    }
}

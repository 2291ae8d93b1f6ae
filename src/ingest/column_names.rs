//! What column names say: the words that people and programs use for each role. Knows no values.

use crate::domain::ColumnRole;

/// Names of each role, likeliest first, in the form that [`normalise`] gives, with bars between.
fn words(role: ColumnRole) -> &'static str {
    match role {
        ColumnRole::Text => {
            "review text|reviewtext|text|review|review body|review content|body|content|comments|\
            comment|comment text|comment body|full text|tweet|tweet text|selftext|self text|message|\
            feedback|feedback text|verbatim|post text|post|story text|text original|clean text|\
            cleaned text|raw text|original text|reviews|review comment|review description|customer review|\
            user review|text display|sentence|utterance|document|snippet text|caption|opinion|free text|\
            open text|kommentar|bewertungstext|rezension|commentaire|avis|comentario|reseña|opinión|\
            comentário|texte|texto|testo|recensione|review full|text content|review detail|\
            review details"
        }
        ColumnRole::Title => {
            "title|review title|reviewtitle|summary|headline|subject|heading|review summary|\
            review headline|post title|story title|titel|titre|titulo|título|titolo|betreff|asunto|\
            subject line"
        }
        ColumnRole::Date => {
            "review date|date|created at|created utc|published at|posted at|date posted|review time|\
            reviewtime|posted|date published|published|published date|publish date|at|timestamp|created|\
            date created|creation date|created date|created time|create time|date time|datetime|time|\
            submitted at|submission date|submitted|post date|comment date|reviewed at|date of review|\
            reviews date|tweet created|tweet created at|unix review time|unixreviewtime|unix time|epoch|\
            added at|date added|pub date|pubdate|updated|updated at|last updated|date updated|day|\
            datum|fecha|data|erstellt am|date de publication"
        }
        ColumnRole::Rating => {
            "rating|stars|star rating|review rating|overall rating|ratings|overall|review score|\
            review stars|rating value|user rating|customer rating|score|numerical review|grade|rate|\
            points|bewertung|sterne|note|nota|calificación|calificacion|puntuación|puntuacion|\
            avaliação|im rating|reviewer score"
        }
        ColumnRole::Author => {
            "author|author name|username|user name|reviewer name|reviewername|reviewer|user|\
            author display name|display name|screen name|user screen name|nickname|posted by|by|\
            reviewer anonymized|handle|user handle|profile name|customer name|customer|commenter|creator|\
            writer|autor|auteur|usuario|verfasser|autore|login|name"
        }
        ColumnRole::Source => {
            "source|platform|site|website|channel|store|app store|subreddit|network|publisher|\
            review source|source name|marketplace|review site|quelle|fuente|plattform"
        }
        ColumnRole::Url => {
            "url|link|permalink|review url|review link|source url|source urls|href|web url|tweet url|\
            post url|comment url|page url|expanded url|story url|uri"
        }
        ColumnRole::Id => {
            "id|review id|reviewid|tweet id|tweetid|comment id|post id|external id|uuid|guid|id str|\
            object id|item id|record id|response id|feedback id|ticket id|message id|story id|uid|key"
        }
        ColumnRole::Language => {
            "language|lang|language code|lang code|locale|review language|iso language|sprache|langue|\
            idioma|lingua"
        }
        ColumnRole::Reply => "reply|owner reply|owner response|developer response|developer reply|reply text",
        ColumnRole::Subject => "product|product name|film|movie|book",
        ColumnRole::Kind => "kind",
    }
}

/// Lower case, words apart: `reviewText`, `Review_Text` and `REVIEW TEXT` are `review text`.
pub(super) fn normalise(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut previous = ' ';
    for c in name.chars() {
        if c.is_alphanumeric() {
            if c.is_uppercase() && previous.is_lowercase() && !out.ends_with(' ') {
                out.push(' ');
            }
            out.extend(c.to_lowercase());
        } else if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
        previous = c;
    }
    out.trim_end().to_owned()
}

/// How well `name` fits `role`: smaller is better.
///
/// Of dotted names the last part counts, unless it belongs to somebody else (`user.id`, `product.url`); parts that
/// say nothing (`content.label`, `title.rendered`) give way to the one before.
pub(super) fn rank(role: ColumnRole, name: &str) -> Option<usize> {
    let full = normalise(name);
    let place = |wanted: &str| words(role).split('|').position(|word| word == wanted);
    if let Some(i) = place(&full) {
        return Some(i);
    }
    let mut parts: Vec<String> =
        name.split(['.', '/']).map(|part| normalise(part.rsplit(':').next().unwrap_or(part))).collect();
    while parts.len() > 1
        && parts
            .last()
            .is_some_and(|p| matches!(p.as_str(), "label" | "value" | "t" | "rendered" | "text" | "raw" | "plain"))
        && !(role == ColumnRole::Text && parts.last().is_some_and(|p| p == "text"))
    {
        parts.pop();
    }
    let last = parts.pop()?;
    // Each step down costs, so that `id` goes before `comment.id`.
    let cost = 1000 * (parts.len() + 1);
    if parts.iter().any(|part| is_person(part)) {
        let names = ["name", "username", "user name", "screen name", "display name", "login", "handle", "nickname"];
        return (role == ColumnRole::Author && names.contains(&last.as_str())).then_some(cost);
    }
    if parts.iter().any(|part| is_other_thing(part)) {
        return None;
    }
    place(&last).map(|i| i + cost)
}

fn is_person(part: &str) -> bool {
    matches!(part, "user" | "author" | "reviewer" | "account" | "owner" | "creator" | "customer" | "profile" | "from")
}

fn is_other_thing(part: &str) -> bool {
    matches!(
        part,
        "product"
            | "business"
            | "listing"
            | "parent"
            | "channel"
            | "app"
            | "highlight result"
            | "retweeted status"
            | "quoted status"
            | "reply"
            | "response"
            | "image"
            | "media"
            | "preview"
    )
}

/// True for columns whose words are not the words of who wrote the row, or are no words at all.
pub(super) fn is_not_text(name: &str) -> bool {
    let name = normalise(name);
    [
        "reply",
        "response",
        "developer",
        "owner",
        "html",
        "image",
        "photo",
        "avatar",
        "url",
        "link",
        "icon",
        "json",
        "flair",
    ]
    .iter()
    .any(|word| name.split(' ').any(|part| part == *word))
}

/// Names of columns that hold what people say a text means: they take no role, and stand in headers all the same.
const JUDGEMENTS: [&str; 4] = ["sentiment", "emotion", "emotions", "label"];

/// True where any role knows the name, or it is another usual one: such a row is a header.
pub(super) fn is_known(name: &str) -> bool {
    JUDGEMENTS.contains(&normalise(name).as_str()) || ColumnRole::ALL.iter().any(|role| rank(*role, name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(role: ColumnRole, name: &str, expected: bool) {
        assert_eq!(rank(role, name).is_some(), expected, "{name} as {}", role.as_str());
    }

    #[test]
    fn names_say_what_columns_are() {
        for name in
            ["Review Text", "reviewText", "review_text", "REVIEW-TEXT", "reviews.text", "content.label", "selftext"]
        {
            check(ColumnRole::Text, name, true);
        }
        check(ColumnRole::Date, "created_utc", true);
        check(ColumnRole::Date, "createdAt", true);
        check(ColumnRole::Date, "snippet.publishedAt", true);
        check(ColumnRole::Author, "user.name", true);
        check(ColumnRole::Author, "author.name.label", true);
        check(ColumnRole::Rating, "im:rating.label", true);
        check(ColumnRole::Id, "user.id", false);
        check(ColumnRole::Id, "data.id", true);
        check(ColumnRole::Date, "user.created_at", false);
        check(ColumnRole::Url, "product.url", false);
        check(ColumnRole::Text, "price", false);
        assert!(rank(ColumnRole::Id, "id") < rank(ColumnRole::Id, "snippet.id"));
        assert_eq!(normalise("Überschrift (neu)"), "überschrift neu");
    }
}

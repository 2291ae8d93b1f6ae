//! What column names say: the words that people and programs use for each role. Knows no values.

use crate::domain::ColumnRole;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Names of each role, likeliest first, in the form that [`normalise`] gives, with bars between.
fn words(role: ColumnRole) -> &'static str {
    match role {
        ColumnRole::Text => {
            "review text|reviewtext|text|review|review body|review content|body|content|comments|\
            comment|comment text|comment body|full text|tweet|tweet text|selftext|self text|message|\
            feedback|feedback text|verbatim|post text|post|story text|text original|clean text|\
            cleaned text|raw text|original text|reviews|review comment|review description|customer review|\
            user review|my review|your review|text display|sentence|utterance|document|snippet text|caption|\
            opinion|free text|open text|testimonial|remarks|remark|kommentar|bewertungstext|rezension|rezensionstext|\
            commentaire|commentaires|avis|comentario|comentarios|reseña|opinión|comentário|comentários|texte|texto|\
            testo|recensione|commento|beoordelingstekst|reactie|opmerking|opmerkingen|review full|text content|\
            review detail|review details|отзыв|текст|комментарий|口コミ|レビュー|コメント|评论|评论内容|리뷰"
        }
        ColumnRole::Title => {
            "title|review title|reviewtitle|summary|headline|subject|heading|review summary|\
            review headline|post title|story title|titel|titre|titulo|título|título de la reseña|titolo|betreff|asunto|\
            subject line|raw subject|überschrift"
        }
        ColumnRole::Date => {
            "review date|review datetime utc|date of review|date|created at|created utc|published at|posted at|date posted|review time|\
            reviewtime|posted|date published|published|published date|publish date|at|timestamp|created|\
            date created|creation date|created date|created time|create time|timestamp created|date time|datetime|time|\
            submitted at|submission date|submitted|post date|comment date|reviewed at|date review|\
            reviews date|review timestamp|tweet created|tweet created at|unix review time|\
            unixreviewtime|unix time|epoch|ts|review created utc|review submit date and time|\
            date read|added at|date added|pub date|pubdate|updated|updated at|last updated|date updated|update time|\
            timestamp updated|day|datum|fecha|data|erstellt am|zeitstempel|horodateur|marca temporal|\
            informazioni cronologiche|date de publication|publish time|date of publication|veröffentlicht am|bewertet am|\
            sent at|date sent|reviewed on|written on|date rated|stamp|when|wann|quand|cuándo"
        }
        ColumnRole::Rating => {
            "review rating|review stars|review score|reviewer score|review rating value|rating|stars|star rating|\
            overall rating|ratings|overall|rating value|bubbles|bubble rating|user rating|customer rating|your rating|my rating|\
            product rating|score|numerical review|grade|rate|points|bewertung|sterne|note|nota|calificación|\
            calificacion|puntuación|puntuacion|valoración|avaliação|valutazione|voto|beoordeling|im rating|\
            csat|csat score|nps|nps score|satisfaction|overall satisfaction|satisfaction score|\
            satisfaction rating|zufriedenheit|gesamtbewertung|gesamtnote|gesamtwertung|gesamteindruck|stern|sternebewertung|anzahl sterne|note globale|\
            puntuación general|valutazione complessiva|оценка|評価|评分|별점"
        }
        ColumnRole::Author => {
            "reviewer name|reviewername|reviewer nickname|review author|author title|author|author name|username|user name|\
            reviewer|user|author display name|display name|screen name|user screen name|nickname|posted by|by|\
            reviewer anonymized|user handle|profile name|\
            profilename|customer name|customer|commenter|creator|writer|real name|autor|auteur|usuario|verfasser|\
            autore|guest name|guest|reviewed by|written by|submitted by|created by|reported by|reporter|requester|\
            requester name|submitter|client name|client|buyer name|buyer|contact name|respondent name|commenter name|\
            critic name|critic|patient name|student name|sender|rezensent|bewerter|kundenname|kunde|gastname|gast|\
            nutzername|nutzer|benutzername|benutzer|nom du client|pseudo|nombre del cliente|cliente|huésped|\
            投稿者|名前|who|login|name|nom|nome|naam|имя|handle|first name|given name|vorname|prénom|nombre"
        }
        ColumnRole::Source => {
            "source|platform|site|website|channel|store|app store|subreddit|network|\
            review source|source name|marketplace|review site|quelle|fuente|plattform|branch|branch name|outlet|\
            filiale|succursale|sucursal"
        }
        ColumnRole::Url => {
            "html url|permalink url|web permalink|url|link|permalink|review url|review link|source url|source urls|href|web url|tweet url|\
            post url|comment url|page url|expanded url|story url|public url|uri|letterboxd uri"
        }
        ColumnRole::Id => {
            "id|review id|reviewid|tweet id|tweetid|comment id|post id|external id|uuid|guid|id str|\
            object id|item id|record id|response id|feedback id|ticket id|message id|client msg id|\
            recommendationid|recommendation id|respondent id|submission id|story id|issue key|issue id|\
            case number|checkin id|uid|key|ts"
        }
        ColumnRole::Language => {
            "language|lang|language code|lang code|locale|review language|reviewer language|iso language|sprache|\
            langue|idioma|lingua|taal"
        }
        ColumnRole::Reply => "",
        ColumnRole::Subject => {
            "product|product name|product title|item name|film|film name|movie|movie name|movie title|film title|book|\
            book title|book name|game|game name|game title|app|app name|app title|hotel|hotel name|restaurant|\
            restaurant name|business name|place|place name|course|course name|drug|drug name|company|company name|firm|\
            title of book|series title|anime title|manga title|album|album title|song|beer name|wine|wine name|location name|\
            venue name|attraction|destination|airline|artikel|produkt|produktname|produit|producto|prodotto|produto|subject of review"
        }
        ColumnRole::Kind => "kind|item kind|type|item type",
    }
}

/// What questions and longer names hold, where no usual name is met.
fn loose_words(role: ColumnRole) -> &'static str {
    match role {
        ColumnRole::Text => {
            "review|reviews|comment|comments|feedback|text|opinion|remark|remarks|verbatim|message|testimonial|kommentar|\
            kommentare|anmerkung|anmerkungen|rezension|commentaire|commentaires|avis|comentario|comentarios|reseña|\
            opinión|commento|commenti|recensione|comentário|comentários|opmerking|opmerkingen"
        }
        ColumnRole::Date => {
            "date|time|timestamp|datetime|datum|fecha|created|posted|published|submitted|zeit|zeitpunkt|createtime|createdat"
        }
        ColumnRole::Rating => {
            "rating|ratings|stars|star|csat|nps|satisfaction|satisfied|rate|score|grade|bewertung|bewertungen|bewerten|\
            sterne|zufriedenheit|zufrieden|puntuación|puntuacion|calificación|calificacion|califica|calificaría|\
            valoración|valora|satisfacción|satisfecho|note|noteriez|évaluation|satisfaction|satisfait|étoiles|\
            avaliação|avalia|satisfação|valutazione|voto|soddisfazione|soddisfatto|stelle|beoordeling|tevredenheid|\
            sterren|recommend|recommended|recommendation|weiterempfehlen|weiterempfehlung|empfehlung|empfehlen|\
            recommander|recommandation|recomendar|recomendaría|recomendación|raccomandare|consiglierebbe|aanbevelen|\
            thumbs|thumb|liked|voted|starrating|ratingvalue|reviewrating|schulnote|schulnoten|agree|likely|enps|ces"
        }
        ColumnRole::Language => "language|lang|locale|sprache|langue",
        _ => "",
    }
}

/// Words beside which a loose word means something else: counts, averages, causes.
fn is_counter(role: ColumnRole, word: &str) -> bool {
    let always = [
        "count", "counts", "number", "num", "n", "total", "id", "ids", "url", "link", "image", "why", "warum",
        "pourquoi", "reason", "type", "status", "zone",
    ];
    let set: &[&str] = match role {
        ColumnRole::Rating => &[
            "average",
            "avg",
            "mean",
            "median",
            "votes",
            "vote",
            "helpful",
            "helpfulness",
            "weighted",
            "aggregate",
            "comment",
            "comments",
            "text",
            "date",
            "time",
            "max",
            "min",
            "distribution",
            "group",
            "desc",
            "title",
            "author",
            "user",
            "explain",
            "please",
            "durchschnitt",
            "moyenne",
            "sentiment",
            "can",
            "allow",
            "allowed",
            "enabled",
        ],
        ColumnRole::Date => &[
            "birth",
            "expiry",
            "deadline",
            "departure",
            "arrival",
            "reply",
            "response",
            "playtime",
            "delivery",
            "purchase",
            "order",
            "last",
            "played",
            "spent",
            "duration",
            "join",
            "joined",
            "member",
            "age",
            "relative",
            "description",
        ],
        ColumnRole::Text => &[
            "title",
            "date",
            "time",
            "rating",
            "score",
            "stars",
            "author",
            "user",
            "name",
            "length",
            "language",
            "lang",
            "source",
            "votes",
            "helpful",
            "score",
            "headline",
            "summary",
            "sentiment",
            "label",
            "words",
            "word",
            "private",
        ],
        _ => &[],
    };
    always.contains(&word) || set.contains(&word)
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

/// The place of each name among those of its role; of a name written twice the first counts.
static PLACES: LazyLock<HashMap<(ColumnRole, &'static str), usize>> = LazyLock::new(|| {
    let of = |role: &ColumnRole| {
        let role = *role;
        words(role).split('|').enumerate().collect::<Vec<_>>().into_iter().rev().map(move |(i, w)| ((role, w), i))
    };
    ColumnRole::ALL.iter().flat_map(of).collect()
});

/// How well `name` fits `role`: smaller is better.
///
/// Of dotted names the last part counts, unless it belongs to somebody else (`user.id`, `product.url`); parts that
/// say nothing (`content.label`, `title.rendered`) give way to the one before.
pub(super) fn rank(role: ColumnRole, name: &str) -> Option<usize> {
    let full = normalise(name);
    match (role, full.as_str()) {
        (_, "") => return (role == ColumnRole::Id && name.trim() == "#").then_some(500),
        (ColumnRole::Author, "from" | "sender name" | "from name") => return Some(15),
        (ColumnRole::Subject, "record name" | "record title") => return Some(500),
        (ColumnRole::Subject | ColumnRole::Source | ColumnRole::Url | ColumnRole::Language, _) => {}
        _ if name.starts_with("record.") => return None,
        _ => {}
    }
    let place = |wanted: &str| PLACES.get(&(role, wanted)).copied();
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
    let last = parts.pop().filter(|last| !last.is_empty())?;
    // Each step down costs, so that `id` goes before `comment.id`.
    let cost = 1000 * (parts.len() + 1);
    if parts.iter().any(|part| is_person(part)) {
        let names = [
            "name",
            "full name",
            "username",
            "user name",
            "screen name",
            "display name",
            "real name",
            "public name",
            "login",
            "handle",
            "nickname",
            "first name",
        ];
        let place = names.iter().position(|name| *name == last).filter(|_| role == ColumnRole::Author);
        return place.map(|i| cost + i);
    }
    if parts.iter().any(|part| is_other_thing(part)) {
        // What it is called is what the row is about.
        let is_subject = role == ColumnRole::Subject && parts.last().is_some_and(|part| is_subject(part));
        return (is_subject && matches!(last.as_str(), "name" | "title" | "display name")).then_some(cost);
    }
    place(&last).map(|i| i + cost)
}

/// As [`rank`], and worse than every usual name: what a longer name or a question is about.
pub(super) fn rank_loosely(role: ColumnRole, name: &str) -> Option<usize> {
    if let Some(rank) = rank(role, name) {
        return Some(rank);
    }
    // A remark in brackets says how to answer, not what is asked.
    let asked = name.split(['(', '[']).next().filter(|head| head.chars().any(char::is_alphabetic)).unwrap_or(name);
    if asked.len() < name.len()
        && let Some(rank) = rank(role, asked)
    {
        return Some(rank + 4000);
    }
    let last = Some(normalise(asked.rsplit('.').next().unwrap_or(asked))).filter(|last| !last.is_empty())?;
    if asked.split('.').rev().skip(1).any(|part| is_other_thing(&normalise(part)) || is_person(&normalise(part))) {
        return None;
    }
    let parts: Vec<&str> = last.split(' ').collect();
    // `User Display Name`: a person, and what that person is called.
    if role == ColumnRole::Author {
        let called = matches!(parts.last(), Some(&("name" | "nickname" | "username")));
        return (called && parts[..parts.len() - 1].iter().any(|part| is_person(part))).then_some(6000);
    }
    if parts.iter().any(|part| is_counter(role, part)) {
        return None;
    }
    let place = loose_words(role).split('|').position(|word| parts.contains(&word))?;
    // "Overall" is the question that sums the others up.
    let overall = parts.iter().any(|part| matches!(*part, "overall" | "insgesamt" | "gesamt" | "global" | "générale"));
    Some(if overall { 5000 } else { 6000 + place })
}

fn is_person(part: &str) -> bool {
    matches!(
        part,
        "user"
            | "author"
            | "reviewer"
            | "account"
            | "owner"
            | "creator"
            | "customer"
            | "profile"
            | "from"
            | "user profile"
            | "users"
            | "consumer"
            | "guest"
            | "buyer"
            | "reporter"
            | "requester"
            | "submitter"
            | "commenter"
            | "poster"
            | "sender"
            | "author attribution"
    )
}

/// True for things that reviews are about.
fn is_subject(part: &str) -> bool {
    matches!(
        part,
        "product"
            | "business"
            | "business unit"
            | "listing"
            | "app"
            | "location"
            | "place"
            | "venue"
            | "movie"
            | "film"
            | "book"
            | "game"
            | "beer"
            | "hotel"
            | "restaurant"
            | "store"
            | "shop"
            | "company"
            | "course"
    )
}

fn is_other_thing(part: &str) -> bool {
    is_subject(part)
        || matches!(
            part,
            "parent"
                | "channel"
                | "highlight result"
                | "retweeted status"
                | "quoted status"
                | "reply"
                | "response"
                | "image"
                | "media"
                | "preview"
                | "assignee"
                | "mailbox"
                | "organization"
                | "brand"
        )
}

/// True for columns whose words are no words of anybody.
pub(super) fn is_not_text(name: &str) -> bool {
    let name = normalise(name);
    JUDGEMENTS.contains(&name.as_str())
        || ["html", "image", "photo", "avatar", "url", "link", "icon", "json", "flair"]
            .iter()
            .any(|word| name.split(' ').any(|part| part == *word))
}

/// True for names of dates that are no moment of what is said: birthdays, deadlines, when somebody joined.
pub(super) fn is_no_moment(name: &str) -> bool {
    const OTHER: &str = "birth|birthday|birthdate|dob|born|geburtsdatum|geburtstag|geboren|naissance|nacimiento|nascita|nascimento|\
        geboortedatum|expiry|expires|expiration|expired|deadline|due|joined|registered|registration|hired|founded|since|\
        renewal|warranty|release|released";
    normalise(name).split(' ').any(|word| OTHER.split('|').any(|other| other == word))
}

/// True for names of links that lead to something else: to the product, to a picture, to who wrote it.
pub(super) fn is_other_link(name: &str) -> bool {
    const OTHER: &str = "image|images|img|photo|photos|picture|pictures|pic|avatar|icon|logo|thumbnail|thumb|media|video|gravatar|\
        profile|user|author|reviewer|customer|channel|product|item|listing|beer|brewery|film|movie|book|game|app|company|\
        business|shop|store|brand|hotel|website|homepage|site|domain|attachment|attachments|file|download|api|shared|\
        referrer|referer|parent|self|issue|repository|repo|next|prev";
    name.split(['.', '/'])
        .any(|part| normalise(part).split(' ').any(|word| OTHER.split('|').any(|other| other == word)))
}

/// True for facts about what is spoken of, which are nobody's words however long: genres, keywords, who made it.
pub(super) fn is_fact(name: &str) -> bool {
    const FACTS: &str = "genre|genres|tag|tags|category|categories|keyword|keywords|director|directors|cast|actors|writers|\
        authors|artist|artists|publisher|ingredients|moods|address|label|labels|bookshelves|shelves|mechanics";
    let last = normalise(name.rsplit('.').next().unwrap_or(name));
    last.split(' ').any(|word| FACTS.split('|').any(|fact| fact == word)) || last == "original title"
}

/// True for names that stand for a text where nothing better does: a ticket's description.
pub(super) fn is_weak_text(name: &str) -> bool {
    matches!(
        normalise(name.rsplit('.').next().unwrap_or(name)).as_str(),
        "description" | "beschreibung" | "descripción" | "descrizione" | "descrição" | "details" | "notes" | "note"
    )
}

/// True where a column belongs to a rating that somebody gave of something else: of how a ticket was handled.
pub(super) fn is_of_rating(name: &str) -> bool {
    let mut parts: Vec<String> = name.split('.').map(normalise).collect();
    parts.pop();
    parts.iter().any(|part| part.split(' ').any(|w| matches!(w, "rating" | "satisfaction" | "survey" | "csat")))
}

/// Names of columns that hold what people say a text means: they take no role, and stand in headers all the same.
const JUDGEMENTS: [&str; 4] = ["sentiment", "emotion", "emotions", "label"];

/// True where any role knows the name, or it is another usual one: such a row is a header. A sentence is no dotted name.
pub(super) fn is_known(name: &str) -> bool {
    let sentence = name.trim_end().ends_with(['.', '!']) || name.contains(". ");
    !sentence
        && (JUDGEMENTS.contains(&normalise(name).as_str())
            || ColumnRole::ALL.iter().any(|role| rank(*role, name).is_some()))
}

#[cfg(test)]
#[path = "column_names_tests.rs"]
mod tests;

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
            informazioni cronologiche|date de publication"
        }
        ColumnRole::Rating => {
            "review rating|review stars|review score|reviewer score|review rating value|rating|stars|star rating|\
            overall rating|ratings|overall|rating value|bubbles|bubble rating|user rating|customer rating|your rating|my rating|\
            product rating|score|numerical review|grade|rate|points|bewertung|sterne|note|nota|calificación|\
            calificacion|puntuación|puntuacion|valoración|avaliação|valutazione|voto|beoordeling|im rating|\
            csat|csat score|nps|nps score|satisfaction|overall satisfaction|satisfaction score|\
            satisfaction rating|zufriedenheit|оценка|評価|评分|별점"
        }
        ColumnRole::Author => {
            "reviewer name|reviewername|reviewer nickname|review author|author title|author|author name|username|user name|\
            reviewer|user|author display name|display name|screen name|user screen name|nickname|posted by|by|\
            reviewer anonymized|handle|user handle|profile name|\
            profilename|customer name|customer|commenter|creator|writer|real name|autor|auteur|usuario|verfasser|\
            autore|login|name"
        }
        ColumnRole::Source => {
            "source|platform|site|website|channel|store|app store|subreddit|network|\
            review source|source name|marketplace|review site|quelle|fuente|plattform"
        }
        ColumnRole::Url => {
            "url|link|permalink|review url|review link|source url|source urls|href|web url|tweet url|\
            post url|comment url|page url|expanded url|story url|uri|letterboxd uri"
        }
        ColumnRole::Id => {
            "id|review id|reviewid|tweet id|tweetid|comment id|post id|external id|uuid|guid|id str|\
            object id|item id|record id|response id|feedback id|ticket id|message id|client msg id|\
            recommendationid|recommendation id|respondent id|submission id|story id|uid|key|ts"
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
            title of book|artikel|produkt|produktname|produit|producto|prodotto|produto|subject of review"
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
        let names = ["name", "username", "user name", "screen name", "display name", "login", "handle", "nickname"];
        return (role == ColumnRole::Author && names.contains(&last.as_str())).then_some(cost);
    }
    if parts.iter().any(|part| is_other_thing(part)) {
        return None;
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
    )
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

/// True for columns whose words are no words of anybody.
pub(super) fn is_not_text(name: &str) -> bool {
    let name = normalise(name);
    JUDGEMENTS.contains(&name.as_str())
        || ["html", "image", "photo", "avatar", "url", "link", "icon", "json", "flair"]
            .iter()
            .any(|word| name.split(' ').any(|part| part == *word))
}

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
        host|proprietário|anfitrião|eigenaar|verkoper|ontwikkelaar";
    const FIRM: &str = "company|business|store|shop|hotel|restaurant|property|brand|support|staff|team|manager|official|\
        publisher|unternehmen|firma|entreprise|empresa|azienda|bedrijf|kundenservice|service|organization|org";
    const WORDS: &str = "comment|comments|message|messages|text|content|body|feedback|note|notes|statement|remark|kommentar|\
        nachricht|commentaire|comentario|commento|comentário|reactie|action|reaction";
    // `company_comment` is what it says; `Hotel comments` and `Service feedback` are about it.
    const WORD: &str = "comment|message|text|content|body|note|statement|remark|kommentar|nachricht|commentaire|comentario|\
        commento|comentário|reactie|reaction|action";
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

/// Names of two columns that a row's text is written in: what was good, and what was not.
const PAIRS: [(&str, &str); 24] = [
    ("pros", "cons"),
    ("pro", "con"),
    ("pro", "contra"),
    ("liked", "disliked"),
    ("likes", "dislikes"),
    ("like", "dislike"),
    ("positive", "negative"),
    ("positive review", "negative review"),
    ("review positive", "review negative"),
    ("positive comment", "negative comment"),
    ("positive comments", "negative comments"),
    ("positive feedback", "negative feedback"),
    ("positives", "negatives"),
    ("advantages", "disadvantages"),
    ("strengths", "weaknesses"),
    ("pluses", "minuses"),
    ("vorteile", "nachteile"),
    ("positiv", "negativ"),
    ("avantages", "inconvénients"),
    ("points forts", "points faibles"),
    ("points positifs", "points négatifs"),
    ("ventajas", "desventajas"),
    ("pregi", "difetti"),
    ("vantagens", "desvantagens"),
];

/// The two columns of `names` that hold what was good and what was not.
pub(super) fn text_pair(names: &[&str]) -> Option<(usize, usize)> {
    let last: Vec<String> = names.iter().map(|n| normalise(n.rsplit('.').next().unwrap_or(n))).collect();
    let find =
        |wanted: &str| last.iter().position(|name| name == wanted || name.strip_prefix("review ") == Some(wanted));
    PAIRS.iter().find_map(|(good, bad)| Some((find(good)?, find(bad)?))).or_else(|| questions(&last))
}

/// "What did you like best?" beside "What did you dislike?".
fn questions(names: &[String]) -> Option<(usize, usize)> {
    let asks = |name: &String, words: &[&str]| name.split(' ').any(|word| words.contains(&word));
    let bad = names.iter().position(|name| {
        asks(name, &["dislike", "disliked", "least"])
            || name.contains("not like")
            || name.contains("nicht gefallen")
            || name.contains("moins aimé")
    })?;
    let good = names.iter().enumerate().position(|(i, name)| {
        i != bad
            && (asks(name, &["like", "liked", "best", "most"]) && name.contains(' ')
                || name.contains("gefallen")
                || name.contains("plus aimé"))
    })?;
    Some((good, bad))
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

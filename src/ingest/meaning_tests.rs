//! Whole files of the shapes that services export, each with what it must be read as.

use super::*;
use crate::domain::{ColumnRole, Mapping, ReadOptions, Timestamp};
use std::io::Write;
use std::path::PathBuf;

fn case(name: &str) -> PathBuf {
    let here = PathBuf::from(file!());
    let from_source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/cases").join(name);
    let beside = here.ancestors().nth(3).map(|root| root.join("tests/data/cases").join(name));
    if from_source.is_file() { from_source } else { beside.unwrap_or(from_source) }
}

fn read_with(
    path: &std::path::Path,
    options: &ReadOptions,
    mapping: &[(ColumnRole, &str)],
) -> (Vec<Row>, Vec<&'static str>) {
    let name = path.file_name().unwrap().to_str().unwrap();
    let sniffed = sniff(path, name, options).unwrap();
    let mapping = Mapping(mapping.iter().map(|(role, column)| (*role, (*column).to_owned())).collect());
    let mut reader = RowReader::open(path, &sniffed, &mapping, None).unwrap();
    let now: jiff::Timestamp = "2025-06-15T12:00:00Z".parse().unwrap();
    reader.count_from(Timestamp(now.as_millisecond()));
    let notes = reader.notes().iter().map(|note| note.code).collect();
    let mut rows = Vec::new();
    while let Some(row) = reader.next_row().unwrap() {
        rows.push(row);
    }
    (rows, notes)
}

/// One line for each row: parts that a draft has, or why it is none.
fn told(row: &Row) -> String {
    match row {
        Row::Problem(problem) => format!("! {}", problem.reason),
        Row::Draft(draft) => {
            let date = draft.created_at.map(|t| jiff::Timestamp::from_millisecond(t.0).unwrap().to_string());
            let parts = [
                draft.title.as_ref().map(|title| format!("[{title}]")),
                Some(draft.text.replace('\n', "|")),
                date.map(|date| date.trim_end_matches("T00:00:00Z").to_owned()),
                draft.rating.map(|stars| format!("{stars}*")),
                draft.author.as_ref().map(|author| format!("by {author}")),
                draft.external_id.as_ref().map(|id| format!("#{id}")),
                draft.subject.as_ref().map(|subject| format!("about {subject}")),
                draft.reply.as_ref().map(|reply| format!("-> {}", reply.chars().take(9).collect::<String>())),
                draft.original.as_ref().map(|_| "cleaned".to_owned()),
            ];
            parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
    }
}

fn check_with(name: &str, options: &ReadOptions, mapping: &[(ColumnRole, &str)], rows: &[&str], notes: &[&str]) {
    let (found, codes) = read_with(&case(name), options, mapping);
    let found: Vec<String> = found.iter().map(told).collect();
    assert_eq!(found, rows, "{name}");
    assert_eq!(codes, notes, "{name}");
}

fn check(name: &str, rows: &[&str], notes: &[&str]) {
    check_with(name, &ReadOptions::default(), &[], rows, notes);
}

fn stars(name: &str) -> Vec<f32> {
    let (rows, _) = read_with(&case(name), &ReadOptions::default(), &[]);
    let rating = |row: &Row| match row {
        Row::Draft(draft) => draft.rating.unwrap_or_default(),
        Row::Problem(problem) => panic!("{name}: {problem:?}"),
    };
    rows.iter().map(rating).collect()
}

#[test]
fn every_form_and_every_name_of_a_rating() {
    for form in [
        "a11y",
        "a11y2",
        "bubbles",
        "comma",
        "dash",
        "emoji",
        "frac",
        "label",
        "neg",
        "numstar",
        "outof",
        "pct",
        "slash10",
        "starsnum",
        "starsym",
        "starword",
        "starword2",
        "words",
    ] {
        assert_eq!(stars(&format!("f_{form}.csv")), [5.0, 2.0, 3.0, 4.0, 1.0], "{form}");
    }
    assert_eq!(stars("f_thumb.csv"), [5.0, 1.0, 5.0, 5.0, 1.0]);
    for n in [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 18, 19, 21, 22, 23, 24, 25] {
        assert_eq!(stars(&format!("n_{n:02}.csv")), [5.0, 2.0, 3.0, 4.0, 1.0], "name {n}");
    }
    assert_eq!(stars("rating_forms.csv"), [5.0, 2.0, 3.0, 4.0, 1.0, 4.0, 3.0, 4.0, 4.0, 5.0, 1.0, 4.0]);
    assert_eq!(stars("rating_words.csv"), [5.0, 2.0, 3.0, 4.0, 1.0]);
    assert_eq!(stars("recommend.csv"), [5.0, 1.0, 5.0]);
}

#[test]
fn a_promoter_score_in_fives_says_that_its_scale_is_a_guess() {
    let (_, notes) = read_with(&case("n_09.csv"), &ReadOptions::default(), &[]);
    assert_eq!(notes, ["rating_scale_guessed"]);
    let said = ReadOptions { scale: crate::domain::RatingScale::parse("0-10"), ..ReadOptions::default() };
    let (rows, notes) = read_with(&case("n_09.csv"), &said, &[]);
    assert_eq!((told(&rows[0]).as_str(), notes.len()), ("Everything worked out of the box 2.5*", 0));
}

#[test]
fn an_answer_is_never_the_text() {
    for n in (0..39).filter(|n| ![3, 17].contains(n)) {
        let (rows, _) = read_with(&case(&format!("rep_{n:02}.jsonl")), &ReadOptions::default(), &[]);
        let texts: Vec<String> = rows.iter().map(told).collect();
        assert_eq!(texts.len(), 10);
        assert!(
            texts[0].starts_with("Friendly mechanics and a fair price 2021-01-06T05:12:07.056Z 5* by P 0 -> Thank you"),
            "{n}: {texts:?}"
        );
        assert!(texts[9].starts_with("Rude boss"), "{n}: {texts:?}");
    }
    check(
        "google_local.json",
        &[
            "Friendly mechanics 2021-01-06T05:12:07.056Z 5* by Person 0 -> Thank you",
            "Scratched my door 2021-01-07T05:12:07.056Z 1* by Person 1 -> Thank you",
            "! there is no text in `text`: fill it in, or choose another column",
        ],
        &[],
    );
    check(
        "google_business.json",
        &[
            "Quick service and the staff explained everything. 2024-05-15T10:23:45.123Z 5* by A. B. #r1 -> Thank you",
            "Waited an hour and then they had no parts. 2024-04-01T09:00:00Z 2* #r2",
            "! there is no text in `comment`: fill it in, or choose another column",
            "Average, not bad for the area. 2024-02-01T09:00:00Z 3* by E. F. #r4",
        ],
        &[],
    );
    check(
        "outscraper.csv",
        &[
            "Great coffee 2024-02-29T09:46:40Z 5* by Ann about Cafe Rio -> Thank you",
            "Cold soup 2024-02-29T12:33:20Z 1* by Bob about Cafe Rio",
        ],
        &[],
    );
}

#[test]
fn films_books_tickets_and_chats() {
    check(
        "letterboxd.csv",
        &[
            "Slow but so moving, I cried at the end 2023-01-05 4.5* about Quiet River",
            "Two hours of explosions and nothing to say 2023-02-15 1* about Iron Night",
            "Fine for a rainy day 2023-03-01 3* about The Lamp",
        ],
        &[],
    );
    check(
        "goodreads.csv",
        &[
            "A long read,|but worth every page 2023-01-05 5* about Dune cleaned",
            "! there is no text in `My Review`: fill it in, or choose another column",
            "Too long for me, and too many clowns 2023-03-05 2* about It",
        ],
        &["rating_zero_is_none"],
    );
    let (rows, _) = read_with(&case("zendesk.json"), &ReadOptions::default(), &[]);
    let texts: Vec<String> = rows.iter().map(told).collect();
    assert!(texts[0].starts_with("[Cannot log in] I reset my password three times"), "{texts:?}");
    assert!(texts[2].starts_with("[Invoice] Could you send me the invoice of March?"), "{texts:?}");
    check(
        "slack.json",
        &[
            "! this is a message of the program (`channel_join`), not of a person",
            "I love the new release, @U0ZZ99AA1! see the notes & tell me 2023-11-15T22:15:00Z by U012AB3CD #a-1 cleaned",
            "The build is broken again :( 2023-11-15T22:16:40Z by U0ZZ99AA1 #a-2",
            "! this is a message of the program (`channel_leave`), not of a person",
            "Works for me now 2023-11-15T22:20:00Z by U0ZZ99AA1",
        ],
        &[],
    );
    let steam = "Crashes every time I open the map. Refunded. 2023-11-16T22:13:20Z 1* #15000002";
    assert_eq!(told(&read_with(&case("steam.json"), &ReadOptions::default(), &[]).0[1]), steam);
    let steam_csv = format!("{steam} about Some Game");
    assert_eq!(told(&read_with(&case("steam.csv"), &ReadOptions::default(), &[]).0[1]), steam_csv);
}

#[test]
fn what_was_good_and_what_was_not() {
    check(
        "glassdoor.csv",
        &[
            "[Good start] Pros|Friendly colleagues and flexible hours||Cons|Pay is low and promotions take forever 2015-04-05 4* about Acme",
            "[Run away] Pros|The coffee is free||Cons|Managers shout at people and nobody stays longer than a year 2015-12-11 1* about Acme",
            "[Average] Pros|Stable||Cons|Boring 2016-01-28 3* about Acme",
        ],
        &[],
    );
    let split = ReadOptions { split: true, ..ReadOptions::default() };
    let (rows, _) = read_with(&case("glassdoor.csv"), &split, &[(ColumnRole::Text, "pros+Cons")]);
    assert_eq!(rows.len(), 6);
    assert_eq!(told(&rows[1]), "[Good start (Cons)] Pay is low and promotions take forever 2015-04-05 4* about Acme");
    check(
        "booking.csv",
        &[
            "Negative Review|The room smelled of paint and the lift was out of order all weekend||Positive Review|Nice garden 2017-08-03 1.45* about Hotel Park",
            "Lovely staff and a very quiet room with a view of the park 2017-08-13 4.8* about Hotel Park",
            "Breakfast was poor 2017-07-31 2.7* about Hotel Park",
        ],
        &[],
    );
}

#[test]
fn split_rows_are_told_apart_and_gone_on_with() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"id,pros,cons\n1,quick and easy,slow at night\n2,N/A,too loud for me\n3,Nothing,none\n").unwrap();
    let options = ReadOptions { split: true, ..ReadOptions::default() };
    let sniffed = sniff(file.path(), "a.csv", &options).unwrap();
    let all = |cursor: Option<&Cursor>| {
        let mut reader = RowReader::open(file.path(), &sniffed, &Mapping::default(), cursor).unwrap();
        let mut rows = Vec::new();
        while let Some(row) = reader.next_row().unwrap() {
            rows.push((told(&row), reader.cursor()));
        }
        rows
    };
    let rows = all(None);
    let texts: Vec<&str> = rows.iter().map(|(text, _)| text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "[Pros] quick and easy #1#pros",
            "[Cons] slow at night #1#cons",
            "[Cons] too loud for me #2#cons",
            "! `pros` or `cons` says only `Nothing`, which is no text"
        ]
    );
    for (i, (_, cursor)) in rows.iter().enumerate() {
        assert_eq!(all(Some(cursor)), rows[i + 1..], "behind {i}");
    }
}

#[test]
fn dates_lose_no_review() {
    check(
        "neg_ts.jsonl",
        &[
            "[t] Very old but lovely 5*",
            "[t] Bad plug 2020-05-05T14:08:48.923Z 1*",
            "[t] Fine lamp 3*",
            "[t] Good fan 2020-05-05T14:08:48.924Z 4*",
        ],
        &["dates_not_read"],
    );
    check(
        "relative.csv",
        &[
            "The soup was hot and tasty 2025-06-01 5* by ann",
            "Cold and slow 2025-05-15 1* by bob",
            "It was fine 2025-06-12 3* by cat",
        ],
        &["dates_relative"],
    );
    check(
        "scraped.csv",
        &["I liked the soup a lot 2024-05-01", "It was cold and slow 2024-05-13"],
        &["dates_relative"],
    );
    check(
        "dates_eu_txt.csv",
        &["Great value and very quick 2025-04-03", "Bad smell in the room 2025-05-04", "It was fine 2025-06-05"],
        &["date_order_by_signs"],
    );
    check(
        "dates_us.csv",
        &["Great value and very quick 2025-03-04", "Bad smell in the room 2025-04-05", "It was fine 2025-05-06"],
        &["date_order_open"],
    );
    let said = ReadOptions { date_order: Some(crate::domain::DateOrder::DayFirst), ..ReadOptions::default() };
    check_with(
        "dates_us.csv",
        &said,
        &[],
        &["Great value and very quick 2025-04-03", "Bad smell in the room 2025-05-04", "It was fine 2025-06-05"],
        &[],
    );
    let (rows, _) = read_with(&case("dates_mixed.csv"), &ReadOptions::default(), &[]);
    assert_eq!(rows.iter().filter(|row| matches!(row, Row::Draft(draft) if draft.created_at.is_some())).count(), 17);
    let zone = ReadOptions { time_zone: Some("Atlantis/City".to_owned()), ..ReadOptions::default() };
    let error = sniff(&case("tz.csv"), "tz.csv", &zone).unwrap_err();
    assert_eq!(error.to_string(), "there is no time zone `Atlantis/City`: give an IANA name such as Europe/Berlin");
}

#[test]
fn markup_is_taken_out_and_kept() {
    let first = |name: &str| told(&read_with(&case(name), &ReadOptions::default(), &[]).0[0]);
    assert!(
        first("airbnb.csv").starts_with("Lovely flat and very clean.|Thanks for having us!"),
        "{}",
        first("airbnb.csv")
    );
    assert!(
        first("imdb.csv")
            .contains("A wonderful little film.||The filming technique is very unassuming, and the acting is superb.")
    );
    assert!(first("drugs.tsv").contains("and it's great"));
    assert!(first("mastodon.json").starts_with("I really like the new #app||So fast!"));
}

#[test]
fn an_export_comes_back_as_it_was() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let csv = "id,external_id,source,collection,title,text,author,rating,created_at,language,kind,url,subject,reply,sentiment,\
        corrected,metadata.n,metadata.user.x\r\n\
        0198a1b2-0000-7000-8000-000000000001,'-7,Shop,Acme,'=T,'-5 stars <b>x</b> &amp; y,'@bob,2.5,2023-11-14T22:13:20Z,en,\
        comment,https://x.example/1,Socks,Thanks,positive,false,3,'=x\r\n\
        0198a1b2-0000-7000-8000-000000000002,,a.csv,Acme,,none,,,,,review,,,,,false,,\r\n";
    file.write_all(csv.as_bytes()).unwrap();
    let (rows, notes) = read_with(file.path(), &ReadOptions::default(), &[]);
    assert_eq!(notes, ["export_recognised"]);
    assert_eq!(
        told(&rows[0]),
        "[=T] -5 stars <b>x</b> &amp; y 2023-11-14T22:13:20Z 2.5* by @bob #-7 about Socks -> Thanks"
    );
    let Row::Draft(draft) = &rows[0] else { panic!() };
    assert_eq!(draft.metadata.as_deref(), Some(r#"{"n":"3","user.x":"=x"}"#));
    assert_eq!(
        (draft.kind.map(crate::domain::ItemKind::as_str), draft.source.as_deref()),
        (Some("comment"), Some("Shop"))
    );
    assert_eq!(told(&rows[1]), "none");
}

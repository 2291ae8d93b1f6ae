//! Rows of files as drafts and problems.

use super::super::sniff;
use super::*;
use crate::domain::ReadOptions;
use std::io::Write;

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn read(bytes: &[u8], name: &str, mapping: &[(ColumnRole, &str)]) -> Result<Vec<Row>, IngestError> {
    let file = file(bytes);
    let sniffed = sniff(file.path(), name, &ReadOptions::default())?;
    let mapping = Mapping(mapping.iter().map(|(role, column)| (*role, (*column).to_owned())).collect());
    let mut reader = RowReader::open(file.path(), &sniffed, &mapping, None)?;
    let mut rows = Vec::new();
    while let Some(row) = reader.next_row()? {
        rows.push(row);
    }
    Ok(rows)
}

/// Rows as "line: title/text date stars author kind metadata", parts that are missing left out, or "line! column".
fn check(text: &str, mapping: &[(ColumnRole, &str)], expected: &[&str]) {
    let rows = read(text.as_bytes(), "file", mapping).unwrap();
    let found: Vec<String> = rows.iter().map(told).collect();
    assert_eq!(found, expected, "{text:?}");
}

fn told(row: &Row) -> String {
    match row {
        Row::Problem(problem) => format!("{}! {}", problem.line, problem.column.as_deref().unwrap_or("")),
        Row::Draft(draft) => {
            let date = draft.created_at.map(|t| jiff::Timestamp::from_millisecond(t.0).unwrap().to_string());
            let parts = [
                draft.title.as_ref().map(|t| format!("{t} /")),
                Some(draft.text.clone()),
                date.map(|d| d.trim_end_matches("T00:00:00Z").to_owned()),
                draft.rating.map(|r| r.to_string()),
                draft.author.clone(),
                draft.source.clone(),
                draft.url.clone(),
                draft.external_id.clone().map(|id| format!("#{id}")),
                draft.language.clone(),
                draft.kind.map(|k| k.as_str().to_owned()),
                draft.metadata.clone(),
                draft.repaired.then(|| "repaired".to_owned()),
            ];
            format!("{}: {}", draft.line, parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
        }
    }
}

#[test]
fn columns_become_fields() {
    check(
        "Title,Review Text,Rating,Posted,User,Size\nNice,Fits me well,5,2025-06-01,Ann,XL\n,Too small,2,,Bob,\n",
        &[],
        &["2: Nice / Fits me well 2025-06-01 5 Ann review {\"Size\":\"XL\"}", "3: Too small 2 Bob review"],
    );
    check(
        "{\"id\":\"t1\",\"body\":\"good one\",\"author\":\"x\",\"parent_id\":\"p\",\"score\":3,\"created_utc\":1748736000}\n",
        &[],
        &["1: good one 2025-06-01 x #t1 comment {\"parent_id\":\"p\",\"score\":3}"],
    );
    check(
        "[{\"user\":{\"name\":\"Ann\"},\"text\":\"hello you\",\"lang\":\"en-US\",\"permalink\":\"/r/a/b\",\"x\":[1,2]}]",
        &[],
        &["1: hello you Ann https://www.reddit.com/r/a/b en {\"x\":[1,2]}"],
    );
    check(
        "4,I love this phone a lot\n0,I hate it so very much\n",
        &[],
        &["1: I love this phone a lot {\"column 1\":\"4\"}", "2: I hate it so very much {\"column 1\":\"0\"}"],
    );
    check("text\nit's fine\nâ€œgoodâ€\u{9d}\n😀\n", &[], &["2: it's fine", "3: “good” repaired", "4: 😀"]);
    check(
        "text,url\nhello,javascript:alert(1)\nhi,https://a.b/c\n",
        &[],
        &["2: hello {\"url\":\"javascript:alert(1)\"}", "3: hi https://a.b/c"],
    );
}

#[test]
fn rows_that_cannot_be_items_say_why() {
    check("title,text\nonly title,\n,\nboth,here\n", &[], &["2: only title", "3! text", "4: both / here"]);
    check(
        "text,date,stars\na b,2025-06-01,5\nc d,someday,4\ne f,2025-06-02,blue\ng h,,\n",
        &[],
        &[
            "2: a b 2025-06-01 5 review",
            "3: c d 4 review {\"date\":\"someday\"}",
            "4: e f 2025-06-02 review {\"stars\":\"blue\"}",
            "5: g h review",
        ],
    );
    check(
        "text,stars\nhello there friend,5\nok fine then,99\nhello third,4\n",
        &[],
        &["2: hello there friend 5 review", "3: ok fine then review {\"stars\":\"99\"}", "4: hello third 4 review"],
    );
    check("text,n\na,1\nb\nc,2,3\nd,4\n", &[], &["2: a {\"n\":\"1\"}", "3: b", "4! ", "5: d {\"n\":\"4\"}"]);
    check(
        "{\"text\":\"a\"}\n{\"text\":\n\n{\"n\":1}\n[1]\n{\"text\":\"b\"}\n",
        &[],
        &["1: a", "2! ", "4! text", "5! ", "6: b"],
    );
}

#[test]
fn the_user_has_the_last_word() {
    let text = "a,b,text\nfirst,1,second\nthird,2,fourth\n";
    check(
        text,
        &[(ColumnRole::Text, "A")],
        &["2: first {\"b\":\"1\",\"text\":\"second\"}", "3: third {\"b\":\"2\",\"text\":\"fourth\"}"],
    );
    check(
        text,
        &[(ColumnRole::Rating, "b")],
        &["2: second 1 review {\"a\":\"first\"}", "3: fourth 2 review {\"a\":\"third\"}"],
    );
    check(
        "text,stars\nyes,1\nno,2\n",
        &[(ColumnRole::Rating, "")],
        &["2: yes {\"stars\":\"1\"}", "3: no {\"stars\":\"2\"}"],
    );
    let error = read(text.as_bytes(), "f", &[(ColumnRole::Date, "when")]).unwrap_err();
    assert_eq!(error.to_string(), "there is no column `when` for date; columns are: a, b, text");
    let error = read(b"n,m\n1,2\n3,4\n", "f", &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no column looks like the text to read; columns are: n, m. Say which with --map text=COLUMN"
    );
}

#[test]
fn one_value_anywhere_decides_the_order_of_dates() {
    let mut text = "text,date\n".to_owned();
    text.extend((0..3000).map(|i| format!("row {i},03/06/2025\n")));
    text.push_str("last,25/06/2025\n");
    let rows = read(text.as_bytes(), "f", &[]).unwrap();
    assert_eq!(told(&rows[0]), "2: row 0 2025-06-03");
    assert_eq!(told(&rows[3000]), "3002: last 2025-06-25");
}

#[test]
fn files_that_are_no_tables_say_so() {
    use crate::domain::Fault;
    let code = |bytes: &[u8]| read(bytes, "f.csv", &[]).unwrap_err().code();
    assert_eq!(code(b""), "file_empty");
    assert_eq!(code(b"\n\r\n  \n"), "file_empty");
    assert_eq!(code(b"\xEF\xBB\xBF"), "file_empty");
    assert_eq!(code(b"text,date\n"), "file_only_header");
    assert_eq!(code(b"[]"), "file_empty");
    assert_eq!(code(b"%PDF-1.7 ..."), "not_a_table");
    assert_eq!(code(b"PK\x03\x04rest of a zip"), "not_a_table");
    assert_eq!(code(b"<!DOCTYPE html><html>"), "not_a_table");
    assert_eq!(code(&(0..5000_u32).map(|i| (i * 7 % 251) as u8).collect::<Vec<_>>()), "not_a_table");
    let missing = sniff(Path::new("/no/such/file"), "f.csv", &ReadOptions::default()).unwrap_err();
    assert_eq!(missing.code(), "file_missing");
}

#[test]
fn every_encoding_gives_the_same_rows() {
    let text =
        "date;text;stars\n2025-06-01;„Schön & gut“, für 5 €\u{a0}– très bien;5\n2025-06-02;So läuft's nicht, übel;1\n";
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let expected = read(text.as_bytes(), "f", &[]).unwrap();
    assert_eq!(expected.len(), 2);
    let without_places = |rows: Vec<Row>| rows.iter().map(told).collect::<Vec<_>>();
    let expected = without_places(expected);
    for bytes in [
        [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        [&[0xFF, 0xFE], utf16.as_slice()].concat(),
        utf16,
        encoding_rs::WINDOWS_1252.encode(text).0.into_owned(),
        text.replace('\n', "\r\n").into_bytes(),
        text.replace('\n', "\r").into_bytes(),
        text.replace(';', "\t").into_bytes(),
        text.replace(';', "|").into_bytes(),
        text.replace(';', "^").into_bytes(),
        text.replace(';', "~").into_bytes(),
    ] {
        assert_eq!(without_places(read(&bytes, "f", &[]).unwrap()), expected, "{bytes:?}");
    }
}

/// Codes and messages of the notes about a file.
fn notes(text: &str) -> Vec<(&'static str, String)> {
    let file = file(text.as_bytes());
    let sniffed = sniff(file.path(), "file.csv", &ReadOptions::default()).unwrap();
    sniffed.notes.into_iter().map(|note| (note.code, note.message)).collect()
}

#[test]
fn cells_that_are_missing_at_the_end_are_empty() {
    let table =
        "date,text,stars,author\n2024-01-01,good one\n2024-01-02,bad one,1\n2024-01-03,fine,3,Ann\n2024-01-04\n";
    let expected = [
        "2: good one 2024-01-01 review",
        "3: bad one 2024-01-02 1 review",
        "4: fine 2024-01-03 3 Ann review",
        "5! text",
    ];
    check(table, &[], &expected);
    let told = notes(table);
    assert!(
        told.iter().any(|(code, message)| *code == "short_rows" && message.starts_with("2 of 4 rows have fewer")),
        "{told:?}"
    );
    assert!(!notes("text,stars\ngood one,5\nbad one,1\n").iter().any(|(code, _)| *code == "short_rows"));
    // Most rows are short, and the names are none that are known.
    let rows: Vec<String> = (0..30)
        .map(|i| {
            let last = if i % 10 == 0 { ",x" } else { "" };
            format!("2024-01-{:02},{},words of person {i}{last}\n", i % 28 + 1, i % 5)
        })
        .collect();
    let rows = format!("wann,wie,was,wer\n{}", rows.concat());
    assert_eq!(
        read(rows.as_bytes(), "a.csv", &[]).unwrap().iter().filter(|row| matches!(row, Row::Draft(_))).count(),
        30
    );
    // The parts of a row that a line break cut are no rows of their own.
    check(
        "id,text,stars\n1,good one,5\n2,this is\nbroken text,4\n3,fine,4\n",
        &[],
        &["2: good one 5 #1 review", "3: this is #2 review", "4! text", "5: fine 4 #3 review"],
    );
}

#[test]
fn a_sentence_below_a_table_is_a_text() {
    let table = "review,date,rating\nGood one here,2024-01-01,5\nBad one,2024-01-02,1\nFine I guess,2024-01-03,3\n";
    let last = |row: &str| {
        let rows = read(format!("{table}{row}\n").as_bytes(), "a.csv", &[]).unwrap();
        matches!(rows.last(), Some(Row::Draft(_)))
    };
    for text in ["Total: a waste of money", "Total: a waste of money,,", "Average at best, to be honest,,"] {
        let quoted = text.split_once(",,").map_or(format!("\"{text}\""), |(t, _)| format!("\"{t}\",,"));
        assert!(last(&quoted), "{text}");
    }
    for note in ["Total,,9", "Total: 3", "Average rating:,,3.0", "Source: the shop"] {
        assert!(!last(note), "{note}");
    }
}

#[test]
fn brackets_and_endless_lines_are_named() {
    let refused = |text: &str, name: &str| read(text.as_bytes(), name, &[]).unwrap_err().to_string();
    assert!(refused(&"[".repeat(500), "a.json").contains("opening brackets, and no record"));
    assert!(refused(&format!("{}{}", "[".repeat(50), "]".repeat(50)), "a.json").contains("no values in them"));
    let deep = format!("[{{\"text\":\"good one\",\"x\":{}{}}}]", "[".repeat(300), "]".repeat(300));
    assert!(refused(&deep, "a.json").contains("nested more than 127 deep"), "{}", refused(&deep, "a.json"));
    let long = format!("{},b\ngood one,1\nbad one,2\n", "x".repeat(1 << 19));
    assert!(notes(&long).iter().any(|(code, _)| *code == "first_line_not_understood"));
    let texts: Vec<String> = read(long.as_bytes(), "a.csv", &[]).unwrap().iter().map(told).collect();
    assert!(
        texts.iter().any(|row| row.starts_with("2: good one")) && !texts.iter().any(|row| row.contains("one,1")),
        "{}",
        texts.len()
    );
}

#[test]
fn a_header_may_be_longer_than_what_is_looked_at() {
    let rows = (0..20)
        .map(|i| format!("{i},\"the words of row {i}, all of them\",{}\n", i % 5 + 1))
        .collect::<Vec<_>>()
        .concat();
    for last in ["x".repeat(300_000), format!("\"{}\"", "x\n".repeat(150_000))] {
        let table = format!("id,text,{last}\n{rows}");
        let texts: Vec<String> = read(table.as_bytes(), "a.csv", &[]).unwrap().iter().map(told).collect();
        assert_eq!(texts.len(), 20, "{:.60}", texts[0]);
        assert!(texts[3].contains("the words of row 3, all of them"), "{:.60}", texts[3]);
        assert!(!notes(&table).iter().any(|(code, _)| *code == "first_line_not_understood"));
    }
    let names = (0..16_000).map(|i| format!(",column_number_{i:06}")).collect::<Vec<_>>().concat();
    let wide =
        (0..20).map(|i| format!("{i},the words of row {i}{}\n", ",".repeat(16_000))).collect::<Vec<_>>().concat();
    let table = format!("id,text{names}\n{wide}");
    assert_eq!(read(table.as_bytes(), "a.csv", &[]).unwrap().len(), 20);
    assert!(notes(&table).is_empty(), "{:?}", notes(&table));
}

#[test]
fn a_table_may_have_thousands_of_columns() {
    let names: Vec<String> = (0..3000).map(|i| format!("q{i}_answer")).collect();
    let row = |i: usize| format!("the words of row {i},{}\n", ["agree", "5", "no idea at all"].repeat(1000).join(","));
    let table = format!("text,{}\n{}", names.join(","), (0..20).map(row).collect::<String>());
    let begun = std::time::Instant::now();
    assert_eq!(read(table.as_bytes(), "a.csv", &[]).unwrap().len(), 20);
    assert!(begun.elapsed().as_secs() < 20, "it took {:?}", begun.elapsed());
}

#[test]
fn texts_under_two_names_are_both_read() {
    let json = "[{\"text\":\"a good one\",\"stars\":5},{\"body\":\"a bad thing\",\"stars\":1},{\"text\":\"\",\"body\":\"third one\"}]";
    check(json, &[], &["1: a good one 5 review", "1: a bad thing 1 review", "1: third one review"]);
    assert!(notes(json).iter().any(|(code, _)| *code == "texts_under_several_names"));
    // Two texts in one record are two texts.
    let both = "[{\"text\":\"a good one\",\"body\":\"so much more of it\"},{\"body\":\"a bad thing of ours\"}]";
    assert!(!notes(both).iter().any(|(code, _)| *code == "texts_under_several_names"));
}

#[test]
fn what_is_said_in_vain_is_told() {
    let file = file(b"text,date,n\na good one,2024-01-01,1\na bad one,2024-01-02,2\n");
    let codes = |options: &ReadOptions| {
        let sniffed = sniff(file.path(), "a.csv", options);
        sniffed.map(|sniffed| sniffed.notes.iter().map(|note| note.code).collect::<Vec<_>>())
    };
    let scale = ReadOptions { scale: RatingScale::parse("1-5"), split: true, ..ReadOptions::default() };
    assert_eq!(codes(&scale).unwrap(), ["option_not_used", "option_not_used"]);
    let header = ReadOptions { header: Some(2), skip: 2, ..ReadOptions::default() };
    assert!(
        codes(&header).unwrap_err().to_string().starts_with("row 2 of `a.csv` cannot name the columns and be left out")
    );
    let years = notes("text,date\na good one,2015\na bad one,2016\n");
    assert!(years.iter().any(|(code, message)| *code == "years_not_read" && message.contains("`date`")), "{years:?}");
    let order = ReadOptions { date_order: Some(DateOrder::DayFirst), ..ReadOptions::default() };
    let american = super::super::sniff_mapped;
    let table = self::file(b"text,date\na good one,03/14/2024\na bad one,03/02/2024\n");
    let found = american(table.path(), "a.csv", &order, &Mapping::default()).unwrap();
    assert!(found.notes.iter().any(|note| note.code == "date_order_contradicted"));
}

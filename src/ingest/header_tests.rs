//! Headers found and headers that are none.

use super::*;

/// Rows of cells between bars; an empty row is a blank line.
fn rows(text: &str) -> Vec<HeadRow> {
    let mut rows: Vec<HeadRow> = Vec::new();
    let mut apart = false;
    for (i, line) in text.lines().map(str::trim).enumerate() {
        if !line.is_empty() {
            let cells = line.split('|').map(|cell| cell.trim().replace("\\n", "\n")).collect();
            rows.push(HeadRow { line: i as u64 + 1, cells, apart: apart && !rows.is_empty() });
        }
        apart = line.is_empty();
    }
    rows
}

/// The rows of the header, counted from 0, and the names of the columns.
fn check(text: &str, header: std::ops::Range<usize>, names: &[&str]) {
    let rows = rows(text);
    let width = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let found = find(&rows, width, &[]).names;
    assert_eq!(found, header, "{text}");
    let cells: Vec<&[String]> = rows[found].iter().map(|row| row.cells.as_slice()).collect();
    let joined = join(&cells, width);
    let expected: Vec<&str> = if header.is_empty() { vec![""; width] } else { names.to_vec() };
    assert_eq!(joined, expected, "{text}");
}

#[test]
fn what_stands_below_tells_names_from_rows() {
    check("text | x\none two three | 1\nfour five | 2", 0..1, &["text", "x"]);
    check("Aussage | Zahl\neins zwei | 1\ndrei vier | 2", 0..1, &["Aussage", "Zahl"]);
    check("four words are here | 4\none two three | 1\nfive six | 2", 0..0, &[]);
    check("2024-01-01 | 5 | good\n2024-01-02 | 1 | bad", 0..0, &[]);
    check(
        "When? | On a scale of 0 to 10, how likely are you to recommend us to somebody? | Why?\n\
         2024-01-01 | 9 | you are nice\n2024-01-02 | 2 | you are not",
        0..1,
        &["When?", "On a scale of 0 to 10, how likely are you to recommend us to somebody?", "Why?"],
    );
    check(
        "ID | How was\\nour service? | Words\n1 | 5 | good\n2 | 4 | fine",
        0..1,
        &["ID", "How was our service?", "Words"],
    );
    check("text | 2023 | 2024\ngood one | 5 | 4\nbad one | 1 | 1", 0..1, &["text", "2023", "2024"]);
    check("code | words\nR_1abc | good one\nR_2abd | bad one", 0..1, &["code", "words"]);
    // One cell of the first row is of no type: the names above it are known all the same.
    check("text | url\nhello | javascript:x()\nhi | https://a.b/c", 0..1, &["text", "url"]);
    check(
        "date | stars | text\nn/a | n/a | good\n2024-01-01 | 5 | fine\n2024-01-02 | 1 | bad",
        0..1,
        &["date", "stars", "text"],
    );
}

#[test]
fn words_alone_are_names_only_where_they_say_so() {
    check("seven eight nine\none two\nthree four", 0..0, &[]);
    check("Great place | Ann\nBad food | Bob\nToo loud | Cem", 0..0, &[]);
    check("Comment\nGreat place\nBad food", 0..1, &["Comment"]);
    check(
        "What could we do better for you?\nNothing\nMore light\nOpen longer",
        0..1,
        &["What could we do better for you?"],
    );
    check("Why does it crash every time?\nBad app\nNever again\nFine", 0..0, &[]);
    check(
        "Filiale | Meinung\nNord | Das Personal war sehr freundlich und schnell\nOst | Es war viel zu laut in der Nacht",
        0..1,
        &["Filiale", "Meinung"],
    );
    check(
        "Ort | Wort\nNord | gut\nOst | schlecht\nNord | gut\nNord | gut\nOst | gut\nNord | gut",
        0..1,
        &["Ort", "Wort"],
    );
    check("text.\nA sentence that ends here. Text.", 0..0, &[]);
}

#[test]
fn titles_and_remarks_stand_above() {
    let table = "Date | Stars | Words\n2024-01-01 | 5 | good\n2024-01-02 | 1 | bad";
    let names = ["Date", "Stars", "Words"];
    check(&format!("Our feedback\n\n{table}"), 1..2, &names);
    check(&format!("# made by tool v2\n# 2 rows\n{table}"), 2..3, &names);
    check(&format!("Report: | May | \nShop: | North |\n{table}"), 2..3, &names);
    check("Our feedback\n\n2024-01-01 | 5 | good\n2024-01-02 | 1 | bad", 1..1, &[]);
    check("# | Words | Stars\n1 | good | 5\n2 | bad | 1", 0..1, &["#", "Words", "Stars"]);
}

#[test]
fn rows_of_names_become_one() {
    check(
        "StartDate | Q1 | Q2\nStart Date | How likely? | Please tell us why\n\
         {\"ImportId\":\"startDate\"} | {\"ImportId\":\"QID1\"} | {\"ImportId\":\"QID2\"}\n\
         2024-01-01 10:00:00 | 9 | good\n2024-01-02 10:00:00 | 1 | bad",
        0..3,
        &["Start Date", "How likely?", "Please tell us why"],
    );
    check(
        "Respondent ID | Start Date | Which? | | How was it? | What could we do better?\n\
         | | Mail | Chat | Response | Open-Ended Response\n\
         11400 | 2024-01-01 | Mail | | 5 | nothing\n11401 | 2024-01-02 | | Chat | 1 | all of it",
        0..2,
        &["Respondent ID", "Start Date", "Which? - Mail", "Which? - Chat", "How was it?", "What could we do better?"],
    );
    check(
        "Feedback | Feedback | Customer\nDate | Stars | Words\n2024-01-01 | 5 | good\n2024-01-02 | 1 | bad",
        0..2,
        &["Date", "Stars", "Words"],
    );
    check(
        "Date | Stars | Words\n(dd/mm/yyyy) | (1-5) | (free)\n01/02/2024 | 5 | good\n15/02/2024 | 1 | bad",
        0..2,
        &["Date", "Stars", "Words"],
    );
}

#[test]
fn sums_and_notes_are_told_from_rows() {
    let cells = |text: &str| text.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let rows: Vec<Vec<String>> =
        ["2024-01-01 | 5 | good", "2024-01-02 | 1 | Total rubbish", "2024-01-03 | 2 | fine"].map(cells).to_vec();
    let body = Body::of(3, &rows);
    let below = |text: &str, apart: bool| {
        let cells = cells(text);
        body.is_sparse(&cells) && body.is_foreign(&cells, apart)
    };
    for text in ["Total | 8 |", "Average: | 2.7 |", "Source: our shop", "Durchschnitt | 2,7 |", "合計 | 8 |", "n = 3"]
    {
        assert!(below(text, false), "{text}");
    }
    assert!(below("Made by the shop | |", true));
    for text in ["| | Total rubbish", "2024-01-04 | | Average at best", "| | good", "2024-01-04 | 5 | Total"] {
        assert!(!below(text, false), "{text}");
    }
    let body = Body::of(2, &["good | 5", "bad | 1", "Average | 3"].map(cells));
    let sum = |text: &str| body.is_sparse(&cells(text)) && body.is_foreign(&cells(text), false);
    assert!(sum("Total | 9"));
    assert!(!sum("Average | 3"));
    assert!(!sum("Total rubbish | 1"));
}

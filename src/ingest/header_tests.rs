//! Headers found and doubted.

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
fn a_row_of_data_is_no_second_header() {
    check(
        "review | rating | date\nGreat app | five | last week\nBad app | 1 | 2024-01-01\nFine | 4 | 2024-01-02",
        0..1,
        &["review", "rating", "date"],
    );
    check(
        "type | text\nResponse | We fixed the thing for you\nQuestion | How do I turn it off",
        0..1,
        &["type", "text"],
    );
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
fn short_tables_of_words_are_told_by_their_names_and_answers() {
    check("Employee | Statement\nAnn | I like it here\nBob | I do not", 0..1, &["Employee", "Statement"]);
    check("question | answer\nHow was it? | fine", 0..1, &["question", "answer"]);
    check("Response\nThe food is good\nI am paid well", 0..1, &["Response"]);
    check("store_name | what_was_good\nNorth | the staff\nSouth | nothing", 0..1, &["store_name", "what_was_good"]);
    check("Q1 | Q2\nAgree | Strongly agree\nDisagree | Neutral", 0..1, &["Q1", "Q2"]);
    check(
        "First impression | Second impression\nNice | Dull\nFine | So so",
        0..1,
        &["First impression", "Second impression"],
    );
    check(
        "The food is good | I am paid well\nAgree | Disagree\nNeutral | Agree",
        0..1,
        &["The food is good", "I am paid well"],
    );
    check("Overall experience\nGood\nBad\nVery good", 0..1, &["Overall experience"]);
    check(
        "Filiale | Zufriedenheit mit uns\nNord | sehr zufrieden\nOst | zufrieden",
        0..1,
        &["Filiale", "Zufriedenheit mit uns"],
    );
    // Rows of answers and opinions are rows from the first on.
    check("Satisfied | Great place to work at\nDissatisfied | The food was terrible", 0..0, &[]);
    check("Great stuff\nGood\nBad\nGood", 0..0, &[]);
    check("Good\nBad\nVery good", 0..0, &[]);
    check("Great service | Sales\nBad coffee | IT\nToo loud | Sales", 0..0, &[]);
    check("Agree | Disagree\nNeutral | Agree\nAgree | Agree", 0..0, &[]);
}

#[test]
fn a_doubt_about_the_first_row_is_told() {
    let check = |text: &str, expected: bool| {
        let rows = rows(text);
        let width = rows[0].cells.len();
        assert_eq!(find(&rows, width, &[]).open, expected, "{text}");
    };
    check("Lamp | Blue\nDesk | Green\nShelf | Red", true);
    check("Lamp | Blue\nLamp | Green\nShelf | Red", false);
    check("Great lamp | Blue\nPoor desk | Green", false);
    check("Comment | Colour\nIt is so so | Green", false);
    check("Lamp\nDesk\nShelf", false);
}

//! What columns are taken to be, by their names and values together.

use super::*;

/// Columns as "name: value | value", roles as words in the same order.
fn check(columns: &[&str], expected: &[&str]) {
    let columns: Vec<SampleColumn> = columns
        .iter()
        .map(|column| {
            let (name, values) = column.split_once(": ").unwrap();
            SampleColumn { name: name.to_owned(), values: values.split(" | ").map(str::to_owned).collect() }
        })
        .collect();
    let found: Vec<&str> = guess(&columns).into_iter().map(|role| role.map_or("", ColumnRole::as_str)).collect();
    assert_eq!(found, expected, "{columns:?}");
}

#[test]
fn names_and_contents_together() {
    check(&["Title: nice | bad", "Review Text: I like this | I do not", "Rating: 5 | 1"], &["title", "text", "rating"]);
    check(&["review: 5 | 4", "comment: I like this | I do not"], &["", "text"]);
    check(&["text: short one | two words", "body: this one is longer | and so is this"], &["", "text"]);
    check(
        &["content: good app here | bad app", "replyContent: Thank you very much for this | Sorry about that, dear"],
        &["text", "reply"],
    );
    check(&["a: 1 | 2", "b: free text that is long enough | and another such text"], &["", "text"]);
    check(&["id: p1 | p1", "text: yes it is | no it is not"], &["", "text"]);
    check(&["id: 1 | 2", "text: yes it is | no it is not"], &["id", "text"]);
    check(&["date: soon | later", "text: yes it is | no it is not"], &["", "text"]);
    check(&["when: 2025-01-01 | 2025-01-02", "text: yes it is | no it is not"], &["date", "text"]);
    check(&["score: 17 | 500", "text: yes it is | no it is not"], &["", "text"]);
    check(&["score: 4 | 5", "text: yes it is | no it is not"], &["rating", "text"]);
    check(&["score: 4 | 5 | 17", "text: yes it is | no it is not"], &["", "text"]);
    check(&["stars: 4 | 5 | 99", "text: yes it is | no it is not"], &["rating", "text"]);
    check(&["score: 4 | 5", "body: yes it is | no", "parent_id: t1 | t2"], &["", "text", ""]);
    check(
        &["text: good | bad one", "resp.text: Thank you very much for all of this | We are sorry about that, dear"],
        &["text", "reply"],
    );
    check(
        &["answer: Thank you very much for all of this | We are sorry about that, dear", "message: good | bad one"],
        &["reply", "text"],
    );
    check(&["Respondent ID: 1 | 2", "Response: I like it a lot | I do not like it"], &["id", "text"]);
    check(
        &[
            "Name: Quiet River | Iron Night",
            "Year: 1994 | 2019",
            "Rating: 4.5 | 1",
            "Review: slow but so moving | nothing to say",
        ],
        &["subject", "", "rating", "text"],
    );
    check(
        &[
            "Title: Dune | Emma",
            "Author: Frank Herbert | Jane Austen",
            "ISBN: 1 | 2",
            "My Rating: 4 | 5",
            "Publisher: Ace | Penguin",
            "My Review: so good | not for me",
        ],
        &["subject", "", "", "rating", "", "text"],
    );
    check(
        &[
            "headline: Good start | Run away",
            "pros: Friendly people | The coffee is free",
            "cons: Pay is low | Nobody stays for long",
        ],
        &["title", "text", "text"],
    );
    check(
        &[
            "Hotel_Name: Park | Inn",
            "Negative_Review: paint smell | nothing else",
            "Positive_Review: nice garden | staff",
            "Reviewer_Score: 2.9 | 9.6",
        ],
        &["subject", "text", "text", "rating"],
    );
    check(
        &[
            "subject: Cannot log in | Thanks",
            "description: I reset my password and still | The report saves me hours",
            "satisfaction_rating.score: bad | good",
            "satisfaction_rating.comment: Still not fixed after a week has passed by | Great help",
        ],
        &["title", "text", "rating", ""],
    );
}

#[test]
fn names_of_services() {
    check(&["kind: review | comment", "text: yes it is | no it is not"], &["kind", "text"]);
    check(&["kind: youtube#comment | youtube#comment", "text: yes it is | no it is not"], &["", "text"]);
    check(&["when_ms: 1700000000000 | 1700000001000", "text: yes it is | no it is not"], &["date", "text"]);
    check(&["ts: 1700000000.000100 | 1700000001.000200", "text: yes it is | no it is not"], &["date", "text"]);
    check(
        &["name: accounts/1/r1 | accounts/1/r2", "reviewer.displayName: A | B", "comment: fine place | so so"],
        &["", "author", "text"],
    );
    check(
        &[
            "date: 2025-01-01T12:00:00 | 2025-01-02T12:00:00",
            "date_gmt: 2025-01-01T10:00:00 | 2025-01-02T10:00:00",
            "content.rendered: a great post | I do not agree",
        ],
        &["", "date", "text"],
    );
    check(
        &[
            "review: Nice | Broke | Fine",
            "comment: Thanks for the lovely review, dear Ann | We are sorry to hear that, Bob",
        ],
        &["text", "reply"],
    );
    check(
        &["Title: Salt | Tide", "Author: Ida V | Max F", "ISBN: 978123 | 978124", "Rating: 4 | 2"],
        &["subject", "", "", "rating"],
    );
    check(
        &[
            "title: A masterpiece | Overrated",
            "review: it still works for me | not for me at all",
            "imdb_id: tt1 | tt1",
        ],
        &["title", "text", ""],
    );
    check(&["lang: en | zxx | und", "text: Hello there friends | see this | lol"], &["language", "text"]);
    check(
        &["id: 1467810369 | 1467810370", "b: 2009-04-06 22:19 | 2009-04-07 22:19", "text: yes it is | no it is not"],
        &["id", "date", "text"],
    );
    check(&["author: 0 | 0", "author_name: Ann | Bob", "text: yes it is | no it is not"], &["", "author", "text"]);
    check(
        &[
            "url: https://api.x.example/1 | https://api.x.example/2",
            "html_url: https://x.example/1 | https://x.example/2",
            "text: yes it is | no it is not",
        ],
        &["", "url", "text"],
    );
    check(
        &[
            "beer_url: https://x.example/b/1 | https://x.example/b/2",
            "checkin_url: https://x.example/1 | https://x.example/2",
            "text: yes it is | no it is not",
        ],
        &["", "url", "text"],
    );
    check(
        &[
            "Name: Fix login | Say thanks",
            "Assignee: Ann | Bob",
            "Notes: They cannot log in since May | They love the new board",
        ],
        &["title", "", "text"],
    );
    check(
        &[
            "name: Hotel A | Hotel B",
            "reviews.text: Nice and quiet place | Dirty rooms all over",
            "reviews.title: Good | Bad",
            "reviews.username: ann | bob",
        ],
        &["subject", "text", "title", "author"],
    );
    check(&["question: How was the food? | How was the food?", "answer: Cold and late | Great and hot"], &["", "text"]);
    check(&["User Display Name: Ann | Bob", "text: yes it is | no it is not"], &["author", "text"]);
    check(&["How was it?: Good | Bad | OK", "text: yes it is | no it is not | I guess"], &["rating", "text"]);
    check(&["headline: Stocks fall again | Stocks rise again"], &["text"]);
    check(&["Question: Great place? | So?", "Answer: yes | no"], &["", "text"]);
    check(&["Title: Visit | Call", "Response: The staff was friendly | Nobody picked up"], &["title", "text"]);
    check(
        &["Title: Nice | Sad", "Response: Thank you for this | We are sorry", "Stars: 5 | 1"],
        &["text", "reply", "rating"],
    );
    check(&["n: 1 | 2", "m: 3 | 4"], &["", ""]);
    check(&["user.name: ann | bob", "user.id: 1 | 2", "full_text: hello there | good day"], &["author", "", "text"]);
}

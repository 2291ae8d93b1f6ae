//! A blank value is an error wherever it narrows, and a deletion says what it deletes.

use super::{Home, REVIEWS, number};

#[test]
fn a_blank_flag_is_refused_by_every_command_that_takes_the_filter() {
    let home = Home::new();
    home.file("reviews.csv", REVIEWS);
    home.run("import reviews.csv --collection Acme").ends_with(0);
    let commands: [&[&str]; 6] = [
        &["delete", "--yes"],
        &["export"],
        &["stats"],
        &["items"],
        &["search", "refund"],
        &["models", "analyze", "soundings-reader-1"],
    ];
    for command in commands {
        for (flag, value) in [("--collection", ""), ("--author", " "), ("--import", ""), ("--from", "")] {
            let args = command.iter().copied().chain([flag, value, "--sentiment", "negative"]);
            let refused = home.run_args(args).ends_with(2);
            assert!(refused.err.contains(flag) && refused.err.contains("blank"), "{command:?}: {}", refused.err);
        }
    }
    for command in
        [&["delete", "--yes", "--query", ""][..], &["export", "--query", " "], &["delete", ""], &["search", ""]]
    {
        let refused = home.run_args(command).ends_with(2);
        assert!(refused.err.contains("blank"), "{command:?}: {}", refused.err);
    }
    for flag in ["--collection", "--source", "--sheet"] {
        for blank in ["", " "] {
            let refused = home.run_args(["import", "reviews.csv", flag, blank]).ends_with(2);
            assert!(refused.err.contains(flag) && refused.err.contains("blank"), "{flag}: {}", refused.err);
        }
    }
    home.run_args(["jobs", "--kind", "nonsense"]).ends_with(2);
    assert_eq!(number(&home.run("stats --json").ends_with(0).json(), "items"), 5, "nothing was deleted");
}

#[test]
fn a_deletion_says_its_scope_and_number_first() {
    let home = Home::new();
    home.file("reviews.csv", REVIEWS);
    home.run("import reviews.csv --collection Acme").ends_with(0);
    let asked = home.run("delete --collection Acme --rating-max 2").ends_with(2);
    assert!(asked.err.contains("this would delete 2 items of collection Acme where rating ≤ 2"), "{}", asked.err);
    let done = home.run("delete --author Ann --yes").ends_with(0);
    assert!(done.err.contains("this deletes 1 item of all collections where author = Ann"), "{}", done.err);
    let all = home.run("delete --all --yes").ends_with(0);
    assert!(all.err.contains("this deletes 4 items of all collections"), "{}", all.err);
}

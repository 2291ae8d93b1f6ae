//! What rows are about, where the other columns are those of a shelf of films or books, or where a title of the text
//! stands beside a title of something else. Who made the thing is nobody who speaks.

use super::column_names::normalise;
use super::figures::{Figures, SampleColumn};

/// What was found.
#[derive(Default)]
pub(super) struct About {
    /// The column that names what a row is about.
    pub(super) subject: Option<usize>,
    /// Columns of those who made it: authors of books, directors of films.
    pub(super) makers: Vec<usize>,
    /// True where every row is a thing on somebody's shelf, with words about it or without.
    pub(super) is_shelf: bool,
}

/// Looks at the names of columns, and at which of them hold anything.
pub(super) fn about(columns: &[SampleColumn], figures: &[Figures]) -> About {
    let names: Vec<String> =
        columns.iter().map(|column| normalise(column.name.rsplit('.').next().unwrap_or_default())).collect();
    let at = |wanted: &[&str]| wanted.iter().find_map(|name| names.iter().position(|n| n == name));
    let has = |wanted: &[&str]| at(wanted).is_some();
    // A number of the thing makes a shelf where each thing stands there once; of many reviews of one thing, titles are theirs.
    let once = |is_number: &dyn Fn(&str) -> bool| {
        names.iter().zip(figures).any(|(name, figures)| name.split(' ').any(is_number) && figures.is_distinct())
    };
    let books = has(&["bookshelves", "exclusive shelf", "author l f", "read status", "date read"])
        || once(&|word| matches!(word, "isbn" | "isbn10" | "isbn13"));
    let films = has(&["letterboxd uri", "watched date", "title type", "imdb rating"])
        || once(&|word| matches!(word, "imdb" | "tmdb" | "tvdb"))
        || has(&["year"]) && has(&["name"]) && has(&["rating", "review", "watched"]);
    let albums =
        has(&["rym album", "album", "album title"]) && has(&["artist", "artists", "artist name", "first name"]);
    if books || films || albums {
        const MAKERS: [&str; 16] = [
            "author",
            "authors",
            "author l f",
            "additional authors",
            "contributors",
            "director",
            "directors",
            "artist",
            "artists",
            "artist name",
            "publisher",
            "writer",
            "writers",
            "creator",
            "first name",
            "last name",
        ];
        let own =
            ["product title", "product name", "book title", "book name", "movie title", "movie name", "film title"];
        let plain = ["film name", "album title", "movie", "film", "album", "title", "book", "name"];
        let is_maker = |i: &usize| MAKERS.contains(&names[*i].as_str());
        return About {
            subject: at(&own).or_else(|| at(&plain)),
            makers: (0..names.len()).filter(is_maker).collect(),
            is_shelf: true,
        };
    }
    let only = |subject| About { subject, ..About::default() };
    if has(&["total score", "place id", "category name", "reviews count", "gmap id"]) {
        let reviewer = has(&["author title", "reviewer name", "reviewer"]);
        let place = at(&["title"]).filter(|_| has(&["stars", "text", "review"]));
        return only(place.or_else(|| at(&["name"]).filter(|_| reviewer)));
    }
    // A row for each review, with what is reviewed beside it: `name`, `reviews.text`, `reviews.username`.
    let nested = columns.iter().filter(|column| column.name.starts_with("reviews.")).count();
    let by = |name: &str| columns.iter().any(|column| column.name == name);
    if nested >= 2 && (by("reviews.username") || by("reviews.author") || by("reviews.name")) {
        return only(columns.iter().position(|column| column.name == "name"));
    }
    let full: Vec<String> = columns.iter().map(|column| normalise(&column.name)).collect();
    let of_text = full.iter().zip(figures).any(|(name, figures)| {
        matches!(name.as_str(), "review title" | "review summary" | "review headline") && figures.n > 0
    });
    only(if of_text { full.iter().position(|name| name == "title") } else { None })
}

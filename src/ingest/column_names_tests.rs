//! What names of columns say.

use super::*;

fn check(role: ColumnRole, name: &str, expected: bool) {
    assert_eq!(rank(role, name).is_some(), expected, "{name} as {}", role.as_str());
}

#[test]
fn names_say_what_columns_are() {
    for name in ["Review Text", "reviewText", "review_text", "REVIEW-TEXT", "reviews.text", "content.label", "selftext"]
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
    check(ColumnRole::Source, "Publisher", false);
    assert!(rank(ColumnRole::Id, "id") < rank(ColumnRole::Id, "snippet.id"));
    assert_eq!(normalise("Überschrift (neu)"), "überschrift neu");
}

#[test]
fn longer_names_and_questions() {
    let check = |role, name: &str, expected: bool| {
        assert_eq!(rank_loosely(role, name).is_some(), expected, "{name} as {}", role.as_str());
    };
    for name in [
        "Rating (1-5)",
        "Stars (out of 5)",
        "Your rating",
        "My Rating",
        "Product rating",
        "Rating out of 10",
        "CSAT",
        "Overall satisfaction",
        "NPS Score",
        "How would you rate us?",
        "How likely are you to recommend us?",
        "Star_Rating",
        "review.rating",
        "rating_5",
        "Score (0-10)",
        "starRating",
        "ratingValue",
        "review_rating_value",
        "Stars given",
        "Bewertung (Sterne)",
        "Puntuación",
        "Note /5",
        "reviewRating.ratingValue",
        "recommended",
        "Wie zufrieden sind Sie insgesamt?",
        "voted_up",
        "Would you recommend us to a friend?",
        "satisfaction_rating.score",
        "¿Cómo calificaría el servicio?",
        "Quelle note donneriez-vous ?",
        "Overall, how satisfied are you with us?",
    ] {
        check(ColumnRole::Rating, name, true);
    }
    for name in [
        "average_rating",
        "rating_count",
        "helpful_votes",
        "Why did you give this rating?",
        "weighted_vote_score",
        "price",
    ] {
        check(ColumnRole::Rating, name, false);
    }
    check(ColumnRole::Date, "Review Submit Millis Since Epoch", false);
    check(ColumnRole::Date, "submission_time_utc", true);
    check(ColumnRole::Date, "date_of_birth", false);
    check(ColumnRole::Text, "Any other comments?", true);
    check(ColumnRole::Text, "review_title_long", false);
}

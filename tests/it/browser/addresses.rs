//! The page writes a filter as the server does: equal filters have equal addresses, and both know the same form.

use super::driver::Browser;
use super::token::load;
use serde_json::json;
use soundings::domain::Filter;

/// Filters as somebody may click or type them together.
const FILTERS: [&str; 8] = [
    "",
    "model=m&sentiment=positive&sentiment=negative&q=slow+app&mode=text",
    "mode=hybrid&syntax=auto&q=a",
    "author=B&author=A&author=B&collection=a%26b",
    "to=2024-05-02T00%3A00%3A00Z&rating_max=4.5&from=2024-05-01T00%3A00%3A00Z&kind=review",
    "tag=%F0%9F%98%80&tag=%EF%BF%BD&tag=a&tag=ab&language=en&source=S&emotion=joy",
    "import=01990c5e-7b1a-7cc0-a6d2-5f0e2f9f1a11&rating_min=1",
    "syntax=strict&q=%22a+b%22",
];

/// Compares every one with what the server makes of it.
pub(super) async fn all(page: &Browser) {
    load(page, "filter.js", "filter").await;
    for text in FILTERS {
        let expected = text.parse::<Filter>().unwrap().to_string();
        let of_page = |call: &str| format!("window.filter.{call}(new URLSearchParams({})).toString()", json!(text));
        assert_eq!(page.string(&of_page("canonical")).await, expected, "{text}");
        assert_eq!(page.string(&of_page("filterOf")).await, expected, "{text}");
    }
    let rest = "window.filter.canonical(new URLSearchParams('item=1&sentiment=b&sentiment=a')).toString()";
    assert_eq!(page.string(rest).await, "sentiment=a&sentiment=b&item=1");
}

//! Tags of an item, from the further columns that it was imported with.
//!
//! A column or field named `tags` or `tag`, in any case, has no role of its own: it is kept with the item as it came, and
//! what it holds is read here. Knows nothing of items.

use crate::domain::holds_tags;
use serde_json::Value;

/// Tags of one item at most; further ones are kept with the item and not counted.
const MOST: usize = 64;
/// Characters of a tag at most; what is longer is a sentence.
const LONGEST: usize = 100;

/// The tags in an item's further columns (a JSON object as text): none twice, in the order in which they come.
///
/// A list holds one tag per text or number. One text holds several where commas, semicolons or bars separate them, or
/// where it is a list itself, as tables write them (`["late","refund"]`).
pub(super) fn tags(metadata: &str) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    let Ok(Value::Object(members)) = serde_json::from_str(metadata) else { return tags };
    for (_, value) in members.iter().filter(|(name, _)| holds_tags(name)) {
        for tag in in_value(value) {
            let tag = tag.trim();
            let fits = !tag.is_empty() && tag.chars().nth(LONGEST).is_none() && tags.len() < MOST;
            if fits && !tags.iter().any(|known| known == tag) {
                tags.push(tag.to_owned());
            }
        }
    }
    tags
}

fn in_value(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().filter(|value| !value.is_array()).flat_map(in_list).collect(),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(Value::Array(list)) => in_value(&Value::Array(list)),
            _ => text.split([',', ';', '|']).map(str::to_owned).collect(),
        },
        value => in_list(value),
    }
}

fn in_list(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_in_every_form() {
        let check = |metadata: &str, expected: &[&str]| assert_eq!(tags(metadata), expected, "{metadata}");
        check(r#"{"tags":["late","refund","late"]}"#, &["late", "refund"]);
        check(r#"{"Tags":" late ; refund"}"#, &["late", "refund"]);
        check(r#"{"TAG":"late"}"#, &["late"]);
        check(r#"{"tags":"[\"late, again\",\"vip\"]"}"#, &["late, again", "vip"]);
        check(r#"{"tags":["late, again"]}"#, &["late, again"]);
        check(r#"{"tag":7,"tags":[null,true,{"a":1},["b"],"c"]}"#, &["7", "c"]);
        check(r#"{"tags":""}"#, &[]);
        check(r#"{"stage":"a","hashtags":"b"}"#, &[]);
        check("no json", &[]);
        check(&format!(r#"{{"tags":"{}"}}"#, "x".repeat(101)), &[]);
        let many: Vec<String> = (0..99).map(|i| i.to_string()).collect();
        assert_eq!(tags(&format!(r#"{{"tags":"{}"}}"#, many.join(","))).len(), MOST);
    }
}

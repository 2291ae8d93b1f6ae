//! What handlers take out of a request, with refusals in the one error shape.

use super::error::ApiError;
use crate::domain::{Caller, Scope, Uid};
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use tokio_stream::StreamExt;

/// What exists for whoever asks. The guard has let them in by the right of the route; nothing is judged again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Within(pub(crate) Scope);

impl<S: Send + Sync> FromRequestParts<S> for Within {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        By::from_request_parts(parts, state).await.map(|By(caller)| Self(caller.scope))
    }
}

/// Who asks, where the answer is about them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct By(pub(crate) Caller);

impl<S: Send + Sync> FromRequestParts<S> for By {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let caller = parts.extensions.get::<Caller>();
        caller.copied().map(Self).ok_or_else(|| ApiError::internal("a request without a caller"))
    }
}

/// The `{id}` of the path. What is not a UUID answers like any other unknown id.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PathId(pub(crate) Uid);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::not_found("the id in the path cannot be read"))?;
        text.parse()
            .map(Self)
            .map_err(|_| ApiError::not_found(format!("there is nothing with the id `{text}`")).with("id", text))
    }
}

/// The `{name}` of the path, decoded.
#[derive(Clone, Debug)]
pub(crate) struct PathName(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for PathName {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::not_found("the name in the path cannot be read"))?;
        Ok(Self(text))
    }
}

/// Bytes of a JSON body.
const JSON_BYTES: usize = 2 << 20;
/// What a JSON body is waited for before its pace is looked at, and the least bytes per second that it must keep up from then
/// on. Less than the time limit of an answer, so that a body that stands still is told so.
const PACE: (Duration, u32) = (Duration::from_secs(15), 1_000);

/// A JSON body of at most 2 MB that keeps arriving.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        if !is_json(&request) {
            return Err(unsupported("application/json"));
        }
        let bytes = whole(request.into_body(), PACE).await?;
        // An array would pass as well where a struct is derived: its fields in order, without names.
        let begins = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        let parsed = match begins {
            None => Err("the body is empty: this route takes a JSON object".to_owned()),
            Some(b'[' | b'"' | b'0'..=b'9' | b'-' | b't' | b'f' | b'n') => {
                Err("the body must be a JSON object, as in {\"name\": …}; /api/docs shows what it may contain"
                    .to_owned())
            }
            Some(_) => return parse(&bytes).map(Self),
        };
        parsed.map(Self).map_err(|message| ApiError::input("invalid_json", message))
    }
}

/// A body as what the route takes; what does not fit is named by its place in it.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let mut body = serde_json::Deserializer::from_slice(bytes);
    let (field, error) = match serde_path_to_error::deserialize(&mut body) {
        Ok(parsed) => match body.end() {
            Ok(()) => return Ok(parsed),
            Err(error) => (String::new(), error),
        },
        Err(error) => (error.path().to_string(), error.into_inner()),
    };
    // A dot stands for the body as a whole, and what is no JSON has no fields.
    let field = Some(field).filter(|field| error.is_data() && !matches!(field.as_str(), "" | "." | "?"));
    let refused = ApiError::input("invalid_json", wrong_json(&error, field.as_deref()));
    Err(match field {
        Some(field) => refused.with("field", field),
        None => refused,
    })
}

/// All of a body, as long as it keeps its pace: whoever sends a byte now and then holds nothing for ever.
async fn whole(body: Body, (patience, least): (Duration, u32)) -> Result<Vec<u8>, ApiError> {
    let begun = Instant::now();
    let mut pieces = body.into_data_stream();
    let mut bytes = Vec::new();
    loop {
        let n = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let late = begun + patience + Duration::from_secs(1) * n / least.max(1);
        let piece = match timeout_at(late, pieces.next()).await {
            Ok(Some(Ok(piece))) => piece,
            Ok(Some(Err(_))) => return Err(ApiError::input("upload_incomplete", "the body broke off; send it again")),
            Ok(None) => return Ok(bytes),
            Err(_) => {
                let message = "the body stood still or came too slowly; send it again, all at once";
                return Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, "body_timeout", message)
                    .with("received", bytes.len())
                    .with_header("connection", "close"));
            }
        };
        if bytes.len() + piece.len() > JSON_BYTES {
            let message = "a JSON body can have 2 MB; send less at once";
            return Err(
                ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message).with("limit_bytes", JSON_BYTES)
            );
        }
        bytes.extend_from_slice(&piece);
    }
}

/// What is wrong with a body, in the words of JSON: the parser's own words name our types.
fn wrong_json(error: &serde_json::Error, field: Option<&str>) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    if !error.is_data() {
        return format!("the body is not JSON: {text} ({place})");
    }
    let words: Vec<&str> = text.split(' ').collect();
    let mut said = Vec::with_capacity(words.len());
    let mut rest = words.iter().copied();
    while let Some(word) = rest.next() {
        match word {
            "struct" => {
                // The name of the type follows.
                rest.next();
                said.push("an object");
            }
            "enum" | "variant" => {
                rest.next();
                said.push("one of the documented words");
            }
            "map" | "map," => said.push("object"),
            "sequence" => said.push("list"),
            "sequence," => said.push("list,"),
            word => said.push(word),
        }
    }
    let said = said.join(" ").replace("a object", "an object");
    let field = field.map(|field| format!("`{field}`: ")).unwrap_or_default();
    format!("the body is not what this route takes: {field}{said} ({place})")
}

/// True where the content type says JSON.
pub(crate) fn is_json(request: &Request) -> bool {
    let essence = media_type(request);
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// The content type without parameters, in lower case; empty where there is none.
pub(crate) fn media_type(request: &Request) -> String {
    let value = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// A content type that a route does not take.
pub(crate) fn unsupported(takes: &str) -> ApiError {
    let message = format!("this route takes {takes}: set the Content-Type header");
    ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message).with("allowed", takes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::wire::AnalyzeRequest;
    use axum::body::Body;

    fn request(content_type: Option<&str>, body: &str) -> Request {
        let builder = Request::builder().method("POST").uri("/");
        let builder = content_type.into_iter().fold(builder, |b, t| b.header("content-type", t));
        builder.body(Body::from(body.to_owned())).unwrap()
    }

    #[tokio::test]
    async fn wrong_bodies_are_told_in_the_words_of_json() {
        async fn check(body: &str, parts: &[&str]) {
            let got = JsonBody::<AnalyzeRequest>::from_request(request(Some("application/json"), body), &()).await;
            let message = got.map(|_| ()).unwrap_err().message;
            for part in parts {
                assert!(message.contains(part), "{body} lacks {part}: {message}");
            }
            for word in ["AnalyzeRequest", "struct", "sequence", "element"] {
                assert!(!message.contains(word), "{body}: {message}");
            }
        }
        check("[]", &["must be a JSON object"]).await;
        check(r#"[["a"]]"#, &["must be a JSON object"]).await;
        check("null", &["must be a JSON object"]).await;
        check("  ", &["empty"]).await;
        check(r#"{"texts":"a"}"#, &["string", "a list", "line 1, column 12"]).await;
        check(r#"{"texts":[1]}"#, &["`texts[0]`: ", "integer `1`, expected a string"]).await;
        check(r#"{"texts":["a"]} x"#, &["not JSON", "trailing characters"]).await;
        check(r#"{"text":["a"]}"#, &["unknown field `text`", "`texts`"]).await;
        check("{}", &["missing field `texts`"]).await;
        check(r#"{"texts":["#, &["not JSON", "line 1"]).await;
    }

    #[tokio::test]
    async fn a_body_must_keep_its_pace() {
        use axum::body::Bytes;
        async fn check(pieces: Vec<&'static str>, every_ms: u64, least: u32, expected: Result<usize, &str>) {
            let pause = Duration::from_millis(every_ms);
            let stream = tokio_stream::iter(pieces).then(move |piece: &'static str| async move {
                tokio::time::sleep(pause).await;
                Ok::<_, std::io::Error>(Bytes::from_static(piece.as_bytes()))
            });
            let got = whole(Body::from_stream(stream), (Duration::from_millis(200), least)).await;
            assert_eq!(got.map(|b| b.len()).map_err(|e| e.code), expected, "every {every_ms} ms, {least}/s");
        }
        check(vec!["{}"], 1, 1_000, Ok(2)).await;
        check(vec!["{", "}"], 400, 1_000, Err("body_timeout")).await;
        // One byte every 30 ms never stands still, and is too slow all the same.
        check(vec![" "; 100], 30, 1_000, Err("body_timeout")).await;
        check(vec![" "; 20], 30, 10, Ok(20)).await;
        let never = Body::from_stream(tokio_stream::pending::<Result<Bytes, std::io::Error>>());
        let error = whole(never, (Duration::from_millis(20), 1)).await.unwrap_err();
        assert_eq!((error.status.as_u16(), error.code), (408, "body_timeout"));
    }

    #[tokio::test]
    async fn bodies() {
        async fn check(content_type: Option<&str>, body: &str, expected: Result<usize, (u16, &str)>) {
            let got = JsonBody::<AnalyzeRequest>::from_request(request(content_type, body), &()).await;
            assert_eq!(got.map(|b| b.0.texts.len()).map_err(|e| (e.status.as_u16(), e.code)), expected, "{body:.40}");
        }
        let json = Some("application/json");
        check(json, r#"{"texts":["a","b"]}"#, Ok(2)).await;
        check(Some("application/json; charset=utf-8"), r#"{"texts":[]}"#, Ok(0)).await;
        check(json, "", Err((400, "invalid_json"))).await;
        check(json, r#"{"texts":"a"}"#, Err((400, "invalid_json"))).await;
        check(json, r#"{"texts":[],"text":1}"#, Err((400, "invalid_json"))).await;
        check(json, r#"{"texts":["#, Err((400, "invalid_json"))).await;
        check(None, r#"{"texts":[]}"#, Err((415, "unsupported_media_type"))).await;
        check(Some("text/plain"), r#"{"texts":[]}"#, Err((415, "unsupported_media_type"))).await;
        check(json, &" ".repeat(2_200_000), Err((413, "body_too_large"))).await;
    }
}

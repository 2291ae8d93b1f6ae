//! Reading texts without storing them.

use crate::app::AnalyzeOptions;
use crate::domain::DIMENSION;
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::extract::JsonBody;
use crate::http::params::Asked;
use crate::http::reply::{Answer, Envelope, NoMetadata, Reply};
use crate::http::state::Api;
use crate::http::wire;
use axum::extract::State;
use axum::http::StatusCode;

/// Texts of one request; more are better imported.
const MOST_TEXTS: usize = 256;

/// Reads texts: language, sentiment and emotion with every score, of each sentence too where that is asked for. Nothing
/// is stored.
#[utoipa::path(
    post, path = "/analyze", tag = "model", request_body = wire::AnalyzeRequest,
    responses(
        (status = 200, description = "One reading per text, in order.", body = Envelope<Vec<wire::AnalyzedText>, NoMetadata>),
        (status = 404, description = "There is no model of that name.", body = ErrorEnvelope),
        (status = 409, description = "The model cannot read at present; the message says why.", body = ErrorEnvelope),
    ),
)]
pub(super) async fn analyze(
    State(api): State<Api>,
    Asked(()): Asked<()>,
    JsonBody(request): JsonBody<wire::AnalyzeRequest>,
) -> Answer<Vec<wire::AnalyzedText>> {
    let wire::AnalyzeRequest { texts, sentences, model, any_language } = request;
    check_count(&texts)?;
    let (read, model) = api.app.reading().analyze(texts, AnalyzeOptions { sentences, model, any_language }).await?;
    Ok(Reply::ok(read.into_iter().map(|text| wire::AnalyzedText::new(text, &model)).collect()))
}

/// Sentence vectors of texts. Nothing is stored.
#[utoipa::path(
    post, path = "/embed", tag = "model", request_body = wire::EmbedRequest,
    responses((status = 200, description = "One vector per text, in order.", body = Envelope<Vec<wire::Embedding>, wire::EmbeddingMetadata>)),
)]
pub(super) async fn embed(
    State(api): State<Api>,
    Asked(()): Asked<()>,
    JsonBody(wire::EmbedRequest { texts }): JsonBody<wire::EmbedRequest>,
) -> Answer<Vec<wire::Embedding>, wire::EmbeddingMetadata> {
    check_count(&texts)?;
    let vectors = api.app.reading().embed(texts).await?;
    let metadata = wire::EmbeddingMetadata { model: api.app.reading().bundled_model_name(), dimension: DIMENSION };
    Ok(Reply::with(vectors.into_iter().map(Into::into).collect(), metadata))
}

fn check_count(texts: &[String]) -> Result<(), ApiError> {
    if texts.len() > MOST_TEXTS {
        let message = format!(
            "{} texts are too many for one request: send {MOST_TEXTS} at a time, or import a file",
            texts.len()
        );
        return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_many_texts", message).with("limit", MOST_TEXTS));
    }
    Ok(())
}

//! Every item of a filter as a file.

use crate::app::ExportFormat;
use crate::http::error::ApiError;
use crate::http::extract::Within;
use crate::http::filter::FilterQuery;
use crate::http::params::{Asked, Group, Params, Spec, Takes};
use crate::http::state::Api;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

/// How rows are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct FormatQuery(ExportFormat);

fn formats() -> Vec<&'static str> {
    vec!["csv", "jsonl"]
}

fn parse(word: &str) -> Option<ExportFormat> {
    match word {
        "csv" => Some(ExportFormat::Csv),
        "jsonl" => Some(ExportFormat::JsonLines),
        _ => None,
    }
}

impl Group for FormatQuery {
    fn specs() -> Vec<Spec> {
        let about = "`csv` (the default; guarded against spreadsheet formulas) or `jsonl`.";
        vec![Spec { name: "format", about, takes: Takes::Word(formats) }]
    }

    fn read(params: &Params) -> Result<Self, ApiError> {
        Ok(Self(params.word("format", parse, &formats())?.unwrap_or(ExportFormat::Csv)))
    }
}

/// The items of a filter as a file, one row each. An export that fails in the middle breaks the connection off, so that
/// a short file is never taken for a whole one.
#[utoipa::path(
    get, path = "/export", tag = "items", params(Asked<(FilterQuery, FormatQuery)>),
    responses((status = 200, description = "The rows.", content((String = "text/csv"), (String = "application/x-ndjson")))),
)]
pub(super) async fn export(
    State(api): State<Api>,
    Within(scope): Within,
    asked: Asked<(FilterQuery, FormatQuery)>,
) -> Result<Response, ApiError> {
    let Asked((FilterQuery(filter), FormatQuery(format))) = asked;
    let rows = api.app.items().export(scope, filter, format).await?;
    let (kind, disposition) = match format {
        ExportFormat::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"soundings.csv\""),
        ExportFormat::JsonLines => ("application/x-ndjson", "attachment; filename=\"soundings.jsonl\""),
    };
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, Body::from_stream(rows)).into_response())
}

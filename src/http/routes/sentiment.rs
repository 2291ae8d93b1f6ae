//! Figures of a selection: distributions, timeline, facets.

use crate::domain::Period;
use crate::http::error::ApiError;
use crate::http::extract::Caller;
use crate::http::filter::FilterQuery;
use crate::http::params::{Asked, Group, Params, Spec, Takes};
use crate::http::reply::{Answer, Envelope, NoMetadata, Reply};
use crate::http::state::Api;
use crate::http::wire;
use axum::extract::State;

/// Items by sentiment.
#[utoipa::path(
    get, path = "/sentiment/distribution", tag = "figures", params(Asked<FilterQuery>),
    responses((status = 200, description = "Every label in fixed order.", body = Envelope<Vec<wire::Share>, wire::DistributionMetadata>)),
)]
pub(super) async fn sentiment_distribution(
    State(api): State<Api>,
    Caller(scope): Caller,
    Asked(FilterQuery(filter)): Asked<FilterQuery>,
) -> Answer<Vec<wire::Share>, wire::DistributionMetadata> {
    let (rows, metadata) = wire::distribution(api.app.sentiment_distribution(scope, filter).await?);
    Ok(Reply::with(rows, metadata))
}

/// Items by emotion.
#[utoipa::path(
    get, path = "/emotions/distribution", tag = "figures", params(Asked<FilterQuery>),
    responses((status = 200, description = "Every label in fixed order.", body = Envelope<Vec<wire::Share>, wire::DistributionMetadata>)),
)]
pub(super) async fn emotion_distribution(
    State(api): State<Api>,
    Caller(scope): Caller,
    Asked(FilterQuery(filter)): Asked<FilterQuery>,
) -> Answer<Vec<wire::Share>, wire::DistributionMetadata> {
    let (rows, metadata) = wire::distribution(api.app.emotion_distribution(scope, filter).await?);
    Ok(Reply::with(rows, metadata))
}

/// Sentiment over time, oldest first; buckets without an item are left out.
#[utoipa::path(
    get, path = "/sentiment/aggregate", tag = "figures", params(Asked<(FilterQuery, PeriodQuery)>),
    responses((status = 200, description = "The timeline.", body = Envelope<Vec<wire::Bucket>, wire::AggregateMetadata>)),
)]
pub(super) async fn sentiment_aggregate(
    State(api): State<Api>,
    Caller(scope): Caller,
    asked: Asked<(FilterQuery, PeriodQuery)>,
) -> Answer<Vec<wire::Bucket>, wire::AggregateMetadata> {
    let Asked((FilterQuery(filter), PeriodQuery(period))) = asked;
    let (rows, metadata) = wire::timeline(api.app.sentiment_timeline(scope, filter, period).await?, period);
    Ok(Reply::with(rows, metadata))
}

/// Width of a bucket.
#[derive(Clone, Copy, Debug)]
pub(super) struct PeriodQuery(Period);

fn periods() -> Vec<&'static str> {
    [Period::Hour, Period::Day, Period::Week, Period::Month].map(Period::as_str).to_vec()
}

impl Group for PeriodQuery {
    fn specs() -> Vec<Spec> {
        vec![Spec {
            name: "period",
            about: "Width of a bucket, UTC; `day` where it is missing.",
            takes: Takes::Word(periods),
        }]
    }

    fn read(params: &Params) -> Result<Self, ApiError> {
        Ok(Self(params.word("period", Period::parse, &periods())?.unwrap_or(Period::Day)))
    }
}

/// Counts per value of every dimension.
#[utoipa::path(
    get, path = "/facets", tag = "figures", params(Asked<FilterQuery>),
    responses((status = 200, description = "The counts.", body = Envelope<wire::Facets, NoMetadata>)),
)]
pub(super) async fn facets(
    State(api): State<Api>,
    Caller(scope): Caller,
    Asked(FilterQuery(filter)): Asked<FilterQuery>,
) -> Answer<wire::Facets> {
    Ok(Reply::ok(api.app.facets(scope, filter).await?.into()))
}

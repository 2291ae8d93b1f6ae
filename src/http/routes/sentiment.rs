//! Figures of a selection: distributions, timeline, facets.

use crate::domain::Period;
use crate::http::error::ApiError;
use crate::http::extract::Within;
use crate::http::filter::FilterQuery;
use crate::http::params::{Asked, Group, Params, Spec, Takes};
use crate::http::reply::{Answer, Envelope, Reply};
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
    Within(scope): Within,
    Asked(FilterQuery(filter)): Asked<FilterQuery>,
) -> Answer<Vec<wire::Share>, wire::DistributionMetadata> {
    let (rows, metadata) = wire::distribution(api.app.figures().sentiment_distribution(scope, filter).await?);
    Ok(Reply::with(rows, metadata))
}

/// Items by emotion.
#[utoipa::path(
    get, path = "/emotions/distribution", tag = "figures", params(Asked<FilterQuery>),
    responses((status = 200, description = "Every label in fixed order.", body = Envelope<Vec<wire::Share>, wire::DistributionMetadata>)),
)]
pub(super) async fn emotion_distribution(
    State(api): State<Api>,
    Within(scope): Within,
    Asked(FilterQuery(filter)): Asked<FilterQuery>,
) -> Answer<Vec<wire::Share>, wire::DistributionMetadata> {
    let (rows, metadata) = wire::distribution(api.app.figures().emotion_distribution(scope, filter).await?);
    Ok(Reply::with(rows, metadata))
}

/// Sentiment over time, oldest first; buckets without an item are left out.
///
/// Texts dated far from all others, or after tomorrow, are not drawn but counted in `metadata.before` and `metadata.after`,
/// unless the filter names that end itself (`from`, `to`).
#[utoipa::path(
    get, path = "/sentiment/aggregate", tag = "figures", params(Asked<(FilterQuery, PeriodQuery)>),
    responses((status = 200, description = "The timeline.", body = Envelope<Vec<wire::Bucket>, wire::AggregateMetadata>)),
)]
pub(super) async fn sentiment_aggregate(
    State(api): State<Api>,
    Within(scope): Within,
    asked: Asked<(FilterQuery, PeriodQuery)>,
) -> Answer<Vec<wire::Bucket>, wire::AggregateMetadata> {
    let Asked((FilterQuery(filter), PeriodQuery(period))) = asked;
    let (rows, metadata) = wire::timeline(api.app.figures().sentiment_timeline(scope, filter, period).await?);
    Ok(Reply::with(rows, metadata))
}

/// Width of a bucket.
#[derive(Clone, Copy, Debug)]
pub(super) struct PeriodQuery(Period);

fn periods() -> Vec<&'static str> {
    Period::ALL.iter().map(|period| period.as_str()).collect()
}

impl Group for PeriodQuery {
    fn specs() -> Vec<Spec> {
        vec![Spec {
            name: "period",
            about: "Width of a bucket, UTC; `day` where it is missing. Of more than 1,200 buckets the next wider ones are \
                    answered, and `metadata.period` says which.",
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
    responses((status = 200, description = "The counts.", body = Envelope<wire::Facets, wire::FacetsMetadata>)),
)]
pub(super) async fn facets(
    State(api): State<Api>,
    Within(scope): Within,
    Asked(FilterQuery(filter)): Asked<FilterQuery>,
) -> Answer<wire::Facets, wire::FacetsMetadata> {
    let facets = api.app.figures().facets(scope, filter).await?;
    let metadata = wire::FacetsMetadata { values: (&facets).into() };
    Ok(Reply::with(facets.into(), metadata))
}

//! Closed lists of words as the API description says them. The words themselves are the domain's: a new one is described
//! when it exists.

use crate::domain;
use std::borrow::Cow;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident: $words:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                RefOr::T(ObjectBuilder::new().schema_type(Type::String).enum_values(Some($words)).build().into())
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )+};
}

words! {
    /// What a text feels.
    Sentiment: domain::Sentiment::ALL.iter().map(|word| word.as_str());
    /// Which emotion a text shows.
    Emotion: domain::Emotion::ALL.iter().map(|word| word.as_str());
    /// What a label of a model means.
    Meaning: domain::Meaning::all().map(|meaning| meaning.to_string());
    /// What a caller may do.
    Right: domain::Right::ALL.iter().filter(|right| **right != domain::Right::Open).map(|right| right.as_str());
    /// What kind of text it is.
    ItemKind: domain::ItemKind::ALL.iter().map(|word| word.as_str());
    /// How far the reading of an item is.
    AnalysisState: domain::AnalysisState::ALL.iter().map(|word| word.as_str());
    /// How far an import is.
    ImportState: domain::ImportState::ALL.iter().map(|word| word.as_str());
    /// What a job does.
    JobKind: crate::work::KINDS.iter().map(|kind| kind.name);
    /// How far a job is.
    JobState: domain::JobState::ALL.iter().map(|word| word.as_str());
    /// Which job goes first.
    JobPriority: domain::Priority::ALL.map(domain::Priority::as_str);
    /// What a column is for.
    ColumnRole: domain::ColumnRole::ALL.iter().map(|word| word.as_str());
    /// How `03/06/2025` is meant.
    DateOrder: [domain::DateOrder::DayFirst, domain::DateOrder::MonthFirst].map(domain::DateOrder::as_str);
    /// Where a model comes from.
    ModelKind: [domain::ModelKind::Bundled, domain::ModelKind::Folder, domain::ModelKind::Tuned]
        .map(domain::ModelKind::as_str);
    /// Whether a model counts; one that was removed is not shown.
    ModelState: [domain::ModelState::Ready, domain::ModelState::Candidate, domain::ModelState::Discarded]
        .map(domain::ModelState::as_str);
}

/// Names of columns by what they are for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ColumnsByRole {}

impl PartialSchema for ColumnsByRole {
    fn schema() -> RefOr<Schema> {
        let name = || Schema::from(ObjectBuilder::new().schema_type(Type::String).build());
        let roles = domain::ColumnRole::ALL.iter();
        let object = roles.fold(ObjectBuilder::new().schema_type(Type::Object), |object, role| {
            object.property(role.as_str(), name())
        });
        RefOr::T(object.additional_properties(Some(AdditionalProperties::FreeForm(false))).build().into())
    }
}

impl ToSchema for ColumnsByRole {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("ColumnsByRole")
    }
}

/// What labels of a model mean, by their names; null leaves one out.
#[derive(Clone, Copy, Debug)]
pub(crate) enum MeaningByLabel {}

impl PartialSchema for MeaningByLabel {
    fn schema() -> RefOr<Schema> {
        let meanings = domain::Meaning::all().map(|meaning| Some(meaning.to_string()));
        let or_null = SchemaType::from_iter([Type::String, Type::Null]);
        let meaning = ObjectBuilder::new().schema_type(or_null).enum_values(Some(meanings.chain([None])));
        let object = ObjectBuilder::new().schema_type(Type::Object).additional_properties(Some(Schema::from(meaning)));
        RefOr::T(object.build().into())
    }
}

impl ToSchema for MeaningByLabel {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("MeaningByLabel")
    }
}

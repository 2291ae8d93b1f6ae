//! JSON shapes. Domain values and read models are not `Serialize`: each conversion is written out here, so that a new
//! field does not reach a client before somebody decided its name.
//!
//! They are written and read: the command line prints what it shows from these very types.

mod analysis;
mod by_label;
mod collection;
mod correction;
mod figures;
mod health;
mod import;
mod interpretation;
mod item;
mod job;
mod model;
mod read_options;
mod search;
mod shares;
mod tune;
mod tune_report;
mod whole;
mod words;

pub(crate) use analysis::{AnalyzeRequest, AnalyzedText, EmbedRequest, Embedding, EmbeddingMetadata};
pub(crate) use collection::{Collection, CollectionName};
pub(crate) use correction::{Correction, CorrectionBody, ItemCorrection};
pub(crate) use figures::{
    AggregateMetadata, Bucket, Corpus, DistributionMetadata, Facets, FacetsMetadata, Share, Summary, TimeStretch,
    distribution, timeline,
};
pub(crate) use health::{Health, Liveness, Readiness};
pub(crate) use import::{
    Import, MAP_FORM, Preview, StartUpload, Started, UndoneImport, UploadForm, kind, mapping_text,
};
pub(crate) use item::{Deleted, DeletedCollection, DeletedCount, Item, ItemDetail};
pub(crate) use job::{Job, JobDetail};
pub(crate) use model::{
    Comparison, LabelAgreement, Model, ModelDetail, ModelLabels, ModelName, NewChallenger, NewModel, NoChallenger,
    OneReading, RemovedModel,
};
pub(crate) use read_options::{BadWord, READ_OPTIONS, read_words, set_read_option};
pub(crate) use search::{SearchHit, SearchMetadata, Why, page as search_page};
pub(crate) use shares::Estimate;
pub(crate) use tune::{PromotionMetadata, Tuning, TuningBegun};
pub(crate) use tune_report::{HeadReport, Measured, Quality};

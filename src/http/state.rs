//! What handlers can reach: the parts of this layer, put together. No part knows this file.

use super::HttpOptions;
use super::cache::Answers;
use super::events::Frames;
use super::guard::Callers;
use super::seal::Seal;
use super::spool::Uploads;
use crate::app::App;
use std::ops::Deref;
use std::sync::Arc;

/// The application and the few things this layer remembers. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Api(Arc<Inner>);

/// Inside of [`Api`].
pub(crate) struct Inner {
    pub(crate) app: App,
    pub(crate) options: HttpOptions,
    pub(crate) seal: Seal,
    pub(crate) answers: Answers,
    pub(crate) uploads: Uploads,
    pub(crate) frames: Arc<Frames>,
    pub(crate) callers: Arc<Callers>,
}

impl Deref for Api {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Api {
    pub(crate) fn new(app: App, options: HttpOptions) -> Self {
        let seal = Seal::new(&options.local_token);
        Self(Arc::new(Inner {
            answers: Answers::new(app.clone(), seal.clone()),
            uploads: Uploads::new(app.clone(), options.max_upload_bytes),
            frames: Arc::default(),
            callers: Arc::new(Callers::new(&options, app.home())),
            app,
            options,
            seal,
        }))
    }
}

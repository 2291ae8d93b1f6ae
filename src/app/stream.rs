//! Long answers as text in pieces, made on a blocking thread while they are read.

use super::{App, AppError, Inner, stopping};

/// Pieces of a stream made ahead of a slow reader.
const AHEAD: usize = 4;

/// Text in pieces, made as it is read.
pub type TextStream = tokio_stream::wrappers::ReceiverStream<Result<String, AppError>>;

impl App {
    /// A stream of text that `make` sends piece by piece from a blocking thread; it ends early when nobody reads on.
    pub(super) fn stream<F>(&self, make: F) -> TextStream
    where
        F: FnOnce(&Inner, &mut dyn FnMut(String) -> Result<(), AppError>) -> Result<(), AppError> + Send + 'static,
    {
        let (sender, receiver) = tokio::sync::mpsc::channel(AHEAD);
        let inner = std::sync::Arc::clone(&self.inner);
        tokio::task::spawn_blocking(move || {
            let stop = inner.stop.clone();
            let result = make(&inner, &mut |piece| {
                if stop.is_cancelled() {
                    return Err(stopping());
                }
                // Nobody reads on: not an error worth telling anybody.
                sender.blocking_send(Ok(piece)).map_err(|_| stopping())
            });
            if let Err(error) = result {
                let _ = sender.blocking_send(Err(error));
            }
        });
        tokio_stream::wrappers::ReceiverStream::new(receiver)
    }
}

//! What has to be done every few seconds, whether anybody asks or not.

use super::{App, Inner};
use std::time::Duration;

/// How often.
const EVERY: Duration = Duration::from_secs(5);

impl App {
    /// The task that tends to the program until it ends.
    pub(super) async fn tend(self) {
        loop {
            tokio::select! {
                () = self.inner.stop.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
            let tended = self.blocking(|inner| {
                inner.tend();
                Ok(())
            });
            if let Err(error) = tended.await {
                tracing::warn!(%error, "could not tend to the program; trying again");
            }
        }
    }
}

impl Inner {
    fn tend(&self) {
        // The durations of requests are kept one by one until they are summed up, which else only whoever asks for the
        // figures does.
        self.metrics.run_upkeep();
        let mended = self
            .in_memory
            .mend(&self.store)
            .and_then(|()| if self.models.is_behind() { self.store.write(|tx| tx.log_reread()) } else { Ok(()) });
        if let Err(error) = mended {
            tracing::debug!(%error, "what the figures missed could not be read yet");
        }
    }
}

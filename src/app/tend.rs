//! What has to be done every few seconds, whether anybody asks or not.

use super::{App, Inner};
use crate::store::StoreError;
use std::time::Duration;

/// How often.
const EVERY: Duration = Duration::from_secs(5);

impl App {
    /// The task that tends to the program until it ends.
    pub(super) async fn tend(self) {
        let mut well = true;
        loop {
            tokio::select! {
                () = self.inner.stop.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
            // Said once, not every few seconds; health names it for as long as it lasts.
            match self.blocking(|inner| Ok(inner.tend()?)).await {
                Err(error) if well => {
                    tracing::warn!(%error, "could not read anew what was missed; trying again every few seconds");
                    well = false;
                }
                Ok(()) if !well => {
                    tracing::info!("what was missed has been read anew");
                    well = true;
                }
                Ok(()) | Err(_) => {}
            }
        }
    }
}

impl Inner {
    fn tend(&self) -> Result<(), StoreError> {
        // The durations of requests are kept one by one until they are summed up, which else only whoever asks for the
        // figures does.
        self.metrics.run_upkeep();
        self.in_memory.mend(&self.store)?;
        if self.models.is_behind() { self.store.write(|tx| tx.log_reread()) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::AppOptions;
    use std::time::Instant;

    const DURATIONS: usize = 300_000;

    /// Durations are kept one by one until they are summed up, so what the next who asks has to wait says whether they were.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn durations_are_summed_up_though_nobody_asks_for_them() {
        let dir = tempfile::tempdir().unwrap();
        let options =
            AppOptions { data_dir: dir.path().join("data"), threads: 1, run_jobs: false, max_upload_bytes: 1 << 20 };
        let app = App::open(options).await.unwrap();
        let record = || {
            let durations = metrics::histogram!("soundings_test_seconds");
            (0..DURATIONS).for_each(|n| durations.record(n as f64));
        };
        let ask = || {
            let begun = Instant::now();
            assert!(app.inner.metrics.render().contains("soundings_test_seconds"));
            begun.elapsed()
        };
        record();
        ask();
        // Another application of this process, in another test, may sum up in between, and the machine may be busy.
        let unsummed = (0..3).map(|_| (record(), ask()).1).max().unwrap();
        record();
        tokio::time::sleep(EVERY + EVERY / 2).await;
        let summed = ask();
        assert!(summed * 5 < unsummed, "{summed:?}, where summing up takes {unsummed:?}");
        app.shutdown().await;
    }
}

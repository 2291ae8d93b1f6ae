//! The arithmetic that an engine runs: our kernels, or candle as it is. Must not know who asked.

use super::ModelError;
use super::encoder::Encoder;
use super::kernels::Spread;
use super::raw::Raw;
use super::reference::Reference;

/// One way to compute a batch.
pub(super) enum Forward {
    /// Packed texts on our kernels.
    Kernels(Encoder),
    /// Padded texts on candle's operators.
    Candle(Reference),
}

impl Forward {
    /// Runs a batch; `between` is called every few milliseconds by our kernels and once by candle, which cannot pause.
    pub(super) fn run(
        &self,
        texts: &[&[u32]],
        spread: Spread,
        between: &dyn Fn() -> Result<(), ModelError>,
    ) -> Result<Vec<Raw>, ModelError> {
        match self {
            Self::Kernels(encoder) => encoder.forward(texts, spread, between),
            Self::Candle(reference) => between().and_then(|()| reference.forward(texts)),
        }
    }

    /// The instruction set or library, for the log.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Kernels(encoder) => encoder.kernels().name,
            Self::Candle(_) => "candle",
        }
    }
}

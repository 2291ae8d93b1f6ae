//! The bundled sample data, real reviews and comments (`data/README.md` says where they are from).

use crate::domain::ItemKind;

/// One bundled file.
pub(super) struct Sample {
    /// File name as shown.
    pub(super) file: &'static str,
    /// Collection that it is imported into.
    pub(super) collection: &'static str,
    /// Source shown for rows that name none.
    pub(super) source: Option<&'static str>,
    /// Kind of its rows, where the file does not show it.
    pub(super) kind: Option<ItemKind>,
    /// The bytes.
    pub(super) bytes: &'static [u8],
}

/// Everything that `demo` imports, in the order in which it should be read.
pub(super) static SAMPLES: &[Sample] = &[
    Sample {
        file: "quickbooks-app-reviews.csv",
        collection: "QuickBooks app",
        source: None,
        kind: None,
        bytes: include_bytes!("../../data/samples/quickbooks-app-reviews.csv"),
    },
    Sample {
        file: "clothing-reviews.csv",
        collection: "Clothing store",
        source: Some("Web shop"),
        kind: None,
        bytes: include_bytes!("../../data/samples/clothing-reviews.csv"),
    },
    Sample {
        file: "reddit-comments.jsonl",
        collection: "Reddit",
        source: Some("Reddit"),
        kind: Some(ItemKind::Comment),
        bytes: include_bytes!("../../data/samples/reddit-comments.jsonl"),
    },
];

//! `config.json` of a Hugging Face folder → what the encoder is, and what its labels are called.
//!
//! Every kind comes down to one BERT: `DistilBERT` is one without token types, `RoBERTa` and XLM-RoBERTa are ones whose
//! positions begin behind the padding's number. `weights` moves the tensors accordingly.

use candle_transformers::models::bert;
use serde_json::Value;

/// The kinds that can be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Bert,
    DistilBert,
    /// XLM-RoBERTa too: the same tensors with another tokenizer.
    Roberta,
}

/// How logits become probabilities.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Output {
    /// One label per text: softmax.
    OneLabel,
    /// Any number of labels per text: a sigmoid each.
    ManyLabels,
}

/// What `config.json` says.
#[derive(Clone, Debug)]
pub(super) struct Spec {
    pub(super) kind: Kind,
    pub(super) bert: bert::Config,
    /// Word pieces that can be read at once, special ones included.
    pub(super) window: usize,
    /// Rows of the file's table of positions that stand before the first one used.
    pub(super) first_position: usize,
    /// Trained on many languages.
    pub(super) multilingual: bool,
    pub(super) output: Output,
    /// As the model's author named them, in the order of its answers.
    pub(super) labels: Vec<String>,
}

impl Spec {
    /// Reads a configuration; the error says what is wrong and how to mend it.
    pub(super) fn parse(json: &[u8]) -> Result<Self, String> {
        let config: Value = serde_json::from_slice(json).map_err(|e| format!("config.json is not JSON: {e}"))?;
        let kind = kind(&config)?;
        let distil = kind == Kind::DistilBert;
        // DistilBERT has names of its own for the same numbers.
        let number = |name: &str, distil_name: &str| {
            let name = if distil { distil_name } else { name };
            let found =
                config[name].as_u64().and_then(|n| usize::try_from(n).ok()).filter(|n| (1..1 << 24).contains(n));
            found.ok_or_else(|| format!("config.json has no usable number {name}"))
        };
        let position = config["position_embedding_type"].as_str().unwrap_or("absolute");
        if position != "absolute" {
            return Err(format!("config.json: position_embedding_type {position} cannot be read, only absolute"));
        }
        let pad = config["pad_token_id"].as_u64().and_then(|n| usize::try_from(n).ok());
        let pad_token_id = pad.unwrap_or(usize::from(kind == Kind::Roberta));
        let positions = number("max_position_embeddings", "max_position_embeddings")?;
        let first_position = if kind == Kind::Roberta { pad_token_id + 1 } else { 0 };
        let window = positions.saturating_sub(first_position);
        let (hidden_size, num_attention_heads) =
            (number("hidden_size", "dim")?, number("num_attention_heads", "n_heads")?);
        if window < 3 || !hidden_size.is_multiple_of(num_attention_heads) {
            return Err("config.json: the window is too small, or the width is no multiple of the heads".to_owned());
        }
        let epsilon = config["layer_norm_eps"].as_f64().filter(|_| !distil).unwrap_or(1e-12);
        let bert = bert::Config {
            vocab_size: number("vocab_size", "vocab_size")?,
            hidden_size,
            num_hidden_layers: number("num_hidden_layers", "n_layers")?,
            num_attention_heads,
            intermediate_size: number("intermediate_size", "hidden_dim")?,
            hidden_act: activation(&config[if distil { "activation" } else { "hidden_act" }])?,
            hidden_dropout_prob: 0.0,
            max_position_embeddings: window,
            type_vocab_size: if distil { 1 } else { number("type_vocab_size", "")? },
            initializer_range: 0.02,
            layer_norm_eps: epsilon,
            pad_token_id,
            position_embedding_type: bert::PositionEmbeddingType::Absolute,
            use_cache: false,
            classifier_dropout: None,
            model_type: None,
        };
        Ok(Self {
            kind,
            bert,
            window,
            first_position,
            multilingual: config["model_type"] == "xlm-roberta",
            output: output(&config)?,
            labels: labels(&config)?,
        })
    }
}

fn kind(config: &Value) -> Result<Kind, String> {
    match config["model_type"].as_str() {
        Some("bert") => Ok(Kind::Bert),
        Some("distilbert") => Ok(Kind::DistilBert),
        Some("roberta" | "xlm-roberta") => Ok(Kind::Roberta),
        Some(other) => Err(format!(
            "models of the type `{other}` cannot be read: use one of the type bert, distilbert, roberta or xlm-roberta"
        )),
        None => Err("config.json has no model_type: is it the folder of a Hugging Face model?".to_owned()),
    }
}

/// "gelu" is the exact one, by the error function, as in the library that these files are written for.
fn activation(name: &Value) -> Result<bert::HiddenAct, String> {
    match name.as_str() {
        Some("gelu") | None => Ok(bert::HiddenAct::Gelu),
        Some("gelu_new" | "gelu_fast" | "gelu_pytorch_tanh") => Ok(bert::HiddenAct::GeluApproximate),
        Some("relu") => Ok(bert::HiddenAct::Relu),
        Some(other) => Err(format!("config.json: the activation {other} cannot be read, only gelu and relu")),
    }
}

fn output(config: &Value) -> Result<Output, String> {
    match config["problem_type"].as_str() {
        None | Some("single_label_classification") => Ok(Output::OneLabel),
        Some("multi_label_classification") => Ok(Output::ManyLabels),
        Some(other) => Err(format!("config.json: the problem_type {other} has no labels")),
    }
}

fn labels(config: &Value) -> Result<Vec<String>, String> {
    let names = if let Some(map) = config["id2label"].as_object() {
        let name = |i: usize| map.get(&i.to_string()).and_then(Value::as_str).map(str::to_owned);
        let names: Option<Vec<_>> = (0..map.len()).map(name).collect();
        names.ok_or("config.json: id2label does not number its labels from 0")?
    } else {
        // The library's own default.
        let n = config["num_labels"].as_u64().unwrap_or(2);
        (0..n).map(|i| format!("LABEL_{i}")).collect()
    };
    let mut seen = std::collections::HashSet::new();
    match (names.len(), names.iter().find(|name| !seen.insert(name.as_str()))) {
        (0 | 1, _) => Err("config.json names fewer than two labels: this is no classifier".to_owned()),
        (1001.., _) => Err("config.json names more than 1,000 labels".to_owned()),
        (_, Some(twice)) => Err(format!("config.json names the label `{twice}` twice")),
        _ => Ok(names),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn config(edit: impl FnOnce(&mut Value)) -> Result<Spec, String> {
        let mut config: Value =
            serde_json::from_str(include_str!("../../../tests/data/classifiers/roberta/config.json")).unwrap();
        edit(&mut config);
        Spec::parse(config.to_string().as_bytes())
    }

    #[test]
    fn positions_of_roberta_begin_behind_the_padding() {
        let spec = config(|_| ()).unwrap();
        assert_eq!((spec.kind, spec.window, spec.first_position), (Kind::Roberta, 64, 2));
        assert_eq!((spec.output, spec.labels.len(), spec.multilingual), (Output::OneLabel, 7, false));
        assert!(config(|c| c["model_type"] = "xlm-roberta".into()).unwrap().multilingual);
        let many = config(|c| c["problem_type"] = "multi_label_classification".into()).unwrap();
        assert_eq!(many.output, Output::ManyLabels);
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_the_reason() {
        let check = |edit: &dyn Fn(&mut Value), expected: &str| {
            let error = config(edit).unwrap_err();
            assert!(error.contains(expected), "{error}");
        };
        check(&|c| c["model_type"] = "deberta-v2".into(), "`deberta-v2`");
        check(&|c| c["model_type"] = Value::Null, "model_type");
        check(&|c| c["hidden_act"] = "swish".into(), "swish");
        check(&|c| c["position_embedding_type"] = "relative_key".into(), "relative_key");
        check(&|c| c["problem_type"] = "regression".into(), "regression");
        check(&|c| c["hidden_size"] = "wide".into(), "hidden_size");
        check(&|c| c["num_attention_heads"] = 5.into(), "multiple");
        check(&|c| c["max_position_embeddings"] = 4.into(), "window");
        check(&|c| c["id2label"] = json!({"0": "one"}), "fewer than two");
        check(&|c| c["id2label"] = json!({"0": "a", "2": "b"}), "number");
        check(&|c| c["id2label"] = json!({"0": "a", "1": "a"}), "twice");
        assert!(Spec::parse(b"{").unwrap_err().contains("not JSON"));
    }
}

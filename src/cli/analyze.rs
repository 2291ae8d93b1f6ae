//! `soundings analyze`: a filter. Texts in, one JSON line out per text, nothing stored; a data folder is looked at only
//! for a model that it knows by name.

use super::analyze_input::{Input, InputFormat, InputOptions, read};
use super::chosen::{Choice, Chosen};
use super::context::Context;
use super::error::Exit;
use super::terminal;
use crate::app::{AnalyzedSentence, AnalyzedSentences, MOST_SENTENCES, read_sentences};
use crate::domain::{AnalysisState, Emotion, Scores, Sentiment};
use crate::text;
use clap::Args;
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Most texts and most bytes read in one go: what bounds the memory.
const CHUNK_TEXTS: usize = 512;
const CHUNK_BYTES: usize = 4 << 20;

/// Read texts: one JSON line out per text in, nothing stored
///
/// Takes one text per line, JSON Lines, or a table (CSV, TSV, JSON array, XLSX); the form is told from the file's name
/// or its contents. Every input gives one line, in order: where there is nothing to read, or the language is not
/// supported, `sentiment` is null and `state` says why.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  echo 'The battery died after two days.' | soundings analyze
  soundings analyze reviews.csv | jq -r '[.sentiment.label, .text] | @tsv'
  soundings analyze posts.jsonl --column body > read.jsonl
  soundings analyze reviews.csv --sentences | jq -r '.sentences[]? | [.sentiment.label, .text] | @tsv'
  soundings analyze reviews.csv --model ./my-model
  tail -f app.log | soundings analyze --format text")]
pub(super) struct AnalyzeArgs {
    /// Files; standard input where none is named, or for `-`
    files: Vec<PathBuf>,
    /// Form of the input [default: told from name or contents]
    #[arg(long, value_enum)]
    format: Option<InputFormat>,
    /// Column or field with the text [default: found]
    #[arg(long, visible_alias = "text-column", value_name = "NAME")]
    column: Option<String>,
    /// Read each sentence for itself too: the first 512 of each text
    #[arg(long)]
    sentences: bool,
    /// Model to read with: a name that `soundings models` lists, or a folder [default: the bundled one]
    #[arg(long, value_name = "NAME|DIR")]
    model: Option<String>,
}

pub(super) async fn run(context: &Context, args: AnalyzeArgs) -> anyhow::Result<Exit> {
    let threads = context.config.threads.value;
    let cancel = Arc::new(AtomicBool::new(false));
    let sentences = args.sentences;
    let choice = Choice::find(context, args.model.as_deref()).await?;
    let (texts, inputs) = sync_channel(2 * CHUNK_TEXTS);
    // A thread of its own: it may wait for input that never comes, and must not hold the end of the process.
    let reader = std::thread::Builder::new().name("input".into()).spawn(move || feed(args, &texts))?;
    let work = tokio::task::spawn_blocking({
        let cancel = Arc::clone(&cancel);
        move || analyze(&choice.open(threads)?, sentences, &inputs, &cancel)
    });
    let outcome = tokio::select! {
        outcome = work => outcome?,
        () = context.stop.asked() => {
            cancel.store(true, Ordering::Relaxed);
            return Ok(Exit::Interrupted);
        }
    };
    let n_rejected = outcome?;
    // The channel is closed: the reader has ended, or is about to.
    if let Ok(read) = tokio::task::spawn_blocking(move || reader.join()).await? {
        read?;
    }
    if n_rejected > 0 {
        terminal::note(&format!(
            "{} could not be read; look for \"state\":\"rejected\"",
            terminal::counted(n_rejected, "text")
        ));
    }
    Ok(Exit::Ok)
}

/// Reads all files one after the other into the channel.
fn feed(args: AnalyzeArgs, texts: &SyncSender<Input>) -> anyhow::Result<()> {
    let options = InputOptions { format: args.format, column: args.column };
    let mut sink = |input| texts.send(input).is_ok();
    if args.files.is_empty() {
        return read(None, &options, &mut sink);
    }
    for file in &args.files {
        let path = (file.as_os_str() != "-").then_some(file.as_path());
        read(path, &options, &mut sink)?;
    }
    Ok(())
}

/// Reads chunk after chunk: as many texts as are waiting, at least one.
fn analyze(model: &Chosen, sentences: bool, inputs: &Receiver<Input>, cancel: &Arc<AtomicBool>) -> anyhow::Result<u64> {
    let mut n_rejected = 0;
    while let Ok(first) = inputs.recv() {
        let mut bytes = size(&first);
        let mut chunk = vec![first];
        while chunk.len() < CHUNK_TEXTS && bytes < CHUNK_BYTES {
            let Ok(input) = inputs.try_recv() else { break };
            bytes += size(&input);
            chunk.push(input);
        }
        if cancel.load(Ordering::Relaxed) {
            break;
        }
        n_rejected += chunk.iter().filter(|input| input.text.is_err()).count() as u64;
        let lines = read_chunk(model, chunk, sentences, cancel)?;
        // A closed pipe ends the command here, without waiting for input that may never come.
        terminal::out_bytes(lines.as_bytes())?;
        terminal::flush()?;
    }
    model.stop();
    Ok(n_rejected)
}

fn size(input: &Input) -> usize {
    input.text.as_ref().map_or(0, String::len)
}

/// What is known of a text before the model sees it.
struct Looked {
    language: Option<String>,
    /// Why no model is asked.
    unread: Option<AnalysisState>,
}

fn read_chunk(model: &Chosen, chunk: Vec<Input>, sentences: bool, cancel: &Arc<AtomicBool>) -> anyhow::Result<String> {
    let looked: Vec<Looked> = chunk
        .iter()
        .map(|input| {
            let language = input.text.as_ref().ok().and_then(|text| text::detect_language(text));
            let foreign = crate::text::is_foreign(language.as_ref());
            let foreign = foreign && !model.reads_any_language();
            let removed = input.text.as_ref().is_ok_and(|text| text::is_removed(text));
            let unread =
                removed.then_some(AnalysisState::Removed).or(foreign.then_some(AnalysisState::UnsupportedLanguage));
            Looked { language: language.map(|language| language.code), unread }
        })
        .collect();
    let texts: Vec<Option<&str>> =
        chunk.iter().zip(&looked).map(|(input, l)| input.text.as_deref().ok().filter(|_| l.unread.is_none())).collect();
    let bulk = |texts| model.read(texts, cancel);
    let mut readings = bulk(texts.iter().flatten().map(|text| (*text).to_owned()).collect())?.into_iter();
    let mut parts =
        if sentences { read_sentences(&texts, MOST_SENTENCES, usize::MAX, bulk)? } else { Vec::new() }.into_iter();
    let wanted: Vec<bool> = texts.iter().map(Option::is_some).collect();
    let mut lines = String::new();
    for ((input, looked), wanted) in chunk.into_iter().zip(looked).zip(wanted) {
        let reading = if wanted { readings.next().flatten() } else { None };
        let mut line = line(model.name(), input, &looked, reading.as_ref());
        if let Some(AnalyzedSentences { read, total }) = parts.next() {
            line["sentences"] = read.iter().map(sentence).collect();
            line["sentences_total"] = total.into();
        }
        lines.push_str(&line.to_string());
        lines.push('\n');
    }
    Ok(lines)
}

/// One sentence of an output line, with places in UTF-16 units, as over HTTP.
fn sentence(sentence: &AnalyzedSentence) -> Value {
    let AnalyzedSentence { start, end, text, reading, state } = sentence;
    json!({
        "start": start,
        "end": end,
        "text": text,
        "state": state.as_str(),
        "sentiment": sentiment(reading.as_ref()),
        "emotion": emotion(reading.as_ref()),
    })
}

/// One output line; the names are a contract with scripts.
fn line(model: &str, input: Input, looked: &Looked, reading: Option<&Scores>) -> Value {
    let mut object = Map::new();
    if let Some(id) = input.id {
        object.insert("id".to_owned(), id);
    }
    let (text, problem) = match input.text {
        Ok(text) => (Value::String(text), None),
        Err(problem) => (Value::Null, Some(problem)),
    };
    let state = match (reading, &problem) {
        (_, Some(_)) => "rejected",
        (Some(_), _) => AnalysisState::Done.as_str(),
        (None, _) => looked.unread.unwrap_or(AnalysisState::Empty).as_str(),
    };
    object.insert("text".to_owned(), text);
    object.insert("language".to_owned(), looked.language.clone().into());
    object.insert("sentiment".to_owned(), sentiment(reading));
    object.insert("emotion".to_owned(), emotion(reading));
    object.insert("model".to_owned(), model.into());
    object.insert("state".to_owned(), state.into());
    if let Some(problem) = problem {
        object.insert("error".to_owned(), problem.into());
    }
    Value::Object(object)
}

fn sentiment(reading: Option<&Scores>) -> Value {
    let Some((label, values)) = reading.and_then(|r| r.top_sentiment().zip(r.sentiment)) else { return Value::Null };
    let names = Sentiment::ALL.iter().map(|label| label.as_str());
    json!({"label": label.0.as_str(), "scores": scores(names, &values)})
}

fn emotion(reading: Option<&Scores>) -> Value {
    let Some((label, values)) = reading.and_then(|r| r.top_emotion().zip(r.emotion)) else { return Value::Null };
    let names = Emotion::ALL.iter().map(|label| label.as_str());
    json!({"label": label.0.as_str(), "scores": scores(names, &values)})
}

/// Six decimals: more would be noise, fewer would not add up.
fn scores<'a>(names: impl Iterator<Item = &'a str>, values: &[f32]) -> Map<String, Value> {
    names.zip(values).map(|(name, p)| (name.to_owned(), json!((f64::from(*p) * 1e6).round() / 1e6))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_promised_shape() {
        let reading = Scores { sentiment: Some([0.1, 0.2, 0.7]), emotion: Some([0.0, 0.0, 0.0, 0.6, 0.0, 0.0, 0.4]) };
        let looked = Looked { language: Some("en".to_owned()), unread: None };
        let input = Input { id: None, text: Ok("fine".into()) };
        let expected = json!({
            "text": "fine",
            "language": "en",
            "sentiment": {"label": "positive", "scores": {"negative": 0.1, "neutral": 0.2, "positive": 0.7}},
            "emotion": {
                "label": "joy",
                "scores": {
                    "anger": 0.0, "disgust": 0.0, "fear": 0.0, "joy": 0.6, "sadness": 0.0, "surprise": 0.0, "neutral": 0.4
                }
            },
            "model": "m",
            "state": "done"
        });
        assert_eq!(line("m", input, &looked, Some(&reading)), expected);
    }

    #[test]
    fn what_is_not_read_says_why() {
        let check = |text: Result<&str, &str>, unread: Option<AnalysisState>, state: &str| {
            let input = Input { id: Some(json!(7)), text: text.map(str::to_owned).map_err(str::to_owned) };
            let value = line("m", input, &Looked { language: None, unread }, None);
            assert_eq!((&value["state"], &value["sentiment"], &value["id"]), (&json!(state), &Value::Null, &json!(7)));
        };
        check(Ok(""), None, "empty");
        check(Ok("Guten Tag"), Some(AnalysisState::UnsupportedLanguage), "unsupported_language");
        check(Ok("[deleted]"), Some(AnalysisState::Removed), "removed");
        check(Err("not JSON"), None, "rejected");
    }
}

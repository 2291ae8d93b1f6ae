//! Files with random damage: whatever they hold, they are read or refused, in bounded time and memory, and never end the
//! process that asks.
//!
//! Each of the two parsers has a target: the reader of text files, in this process, and the readers of workbooks, in
//! processes as the program starts them. Bounded by time, `SOUNDINGS_FUZZ_SECONDS` for each (5 where it is not set); the
//! seed is random unless `SOUNDINGS_FUZZ_SEED` names one, and stands in the message of a failure.

use crate::seeded::Seeded;
use soundings::domain::{Mapping, ReadOptions};
use soundings::ingest::{READ_WORKBOOK, RowReader, sniff};
use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Longest time that one damaged file may take.
const LONGEST: Duration = Duration::from_secs(20);

fn seconds() -> Duration {
    Duration::from_secs(said("SOUNDINGS_FUZZ_SECONDS").unwrap_or(5))
}

fn seed() -> u64 {
    said("SOUNDINGS_FUZZ_SEED").unwrap_or_else(|| RandomState::new().build_hasher().finish())
}

fn said(name: &str) -> Option<u64> {
    std::env::var_os(name).and_then(|text| text.to_str()?.parse().ok())
}

/// Files of the project's own cases whose names end in one of `ends`, at most 200 kB each.
fn cases(ends: &[&str]) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for folder in ["tests/data/cases", "tests/data/shapes"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if ends.iter().any(|end| name.ends_with(end)) {
                let bytes = fs::read(&path).unwrap();
                if bytes.len() <= 200_000 {
                    found.push((name, bytes));
                }
            }
        }
    }
    found.sort();
    assert!(found.len() > 3, "no files to damage");
    found
}

/// Pieces that mean something to one parser or another.
const PIECES: [&[u8]; 18] = [
    b"\"",
    b",",
    b"\n",
    b"\r",
    b"\t",
    b"\0",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\\",
    b"\xEF\xBB\xBF",
    b"\xFF\xFE",
    b"<row r=\"1048576\">",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"4294967295",
    b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
];

/// The file with a few random damages.
fn damaged(random: &mut Seeded, bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..=random.below(6) {
        let at = random.below(out.len() as u64 + 1) as usize;
        match random.below(6) {
            0 => out.truncate(at),
            1 if at < out.len() => out[at] = random.next() as u8,
            2 if at < out.len() => out[at] ^= 1 << random.below(8),
            3 => {
                let piece = PIECES[random.below(PIECES.len() as u64) as usize];
                let piece = piece.repeat(1 + random.below(3).pow(6) as usize);
                out.splice(at..at, piece);
            }
            4 => {
                let end = (at + random.below(400) as usize).min(out.len());
                let part = out[at..end].to_vec();
                let to = random.below(out.len() as u64 + 1) as usize;
                out.splice(to..to, part);
            }
            _ => {
                let end = (at + random.below(400) as usize).min(out.len());
                out.drain(at..end);
            }
        }
    }
    out
}

#[test]
fn damaged_text_files_are_read_or_refused() {
    let files = cases(&[".csv", ".tsv", ".txt", ".json", ".jsonl", ".js"]);
    let (seed, begun) = (seed(), Instant::now());
    let folder = tempfile::tempdir().unwrap();
    let mut random = Seeded(seed);
    let mut n = 0;
    while begun.elapsed() < seconds() || n < 50 {
        let (name, bytes) = &files[random.below(files.len() as u64) as usize];
        let path = folder.path().join(name);
        fs::write(&path, damaged(&mut random, bytes)).unwrap();
        let one = Instant::now();
        let read = std::panic::catch_unwind(|| {
            let Ok(sniffed) = sniff(&path, name, &ReadOptions::default()) else { return };
            let Ok(mut reader) = RowReader::open(&path, &sniffed, &Mapping::default(), None) else { return };
            let mut before = None;
            while let Ok(Some(_)) = reader.next_row() {
                // Every row goes further, or reading would never end.
                let place = reader.position();
                assert!(before.is_none_or(|before| before <= place), "it goes back from {before:?} to {place:?}");
                before = Some(place);
            }
        });
        let kept = || {
            let kept = std::env::temp_dir().join(format!("soundings-damaged-{n}-{name}"));
            let _ = fs::copy(&path, &kept);
            format!("{} (seed {seed}, file {n})", kept.display())
        };
        assert!(read.is_ok(), "the reader panicked at {}", kept());
        assert!(one.elapsed() < LONGEST, "{:?} for {}", one.elapsed(), kept());
        n += 1;
    }
    eprintln!("{n} damaged text files");
}

#[test]
fn damaged_workbooks_end_no_more_than_their_process() {
    let files = cases(&[".xlsx"]);
    let (seed, begun) = (seed(), Instant::now());
    let folder = tempfile::tempdir().unwrap();
    let mut random = Seeded(seed);
    let (mut n, mut whole) = (0, 0);
    while begun.elapsed() < seconds() || n < 20 {
        let (name, bytes) = &files[random.below(files.len() as u64) as usize];
        let path = folder.path().join(name);
        fs::write(&path, if n == 0 { bytes.clone() } else { damaged(&mut random, bytes) }).unwrap();
        let one = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_soundings"));
        let output = command.arg(READ_WORKBOOK).arg(&path).stderr(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let last = said.lines().last().unwrap_or_default();
        // It says how it ended, or it was ended by its limits: then it says nothing more, and the other side tells why.
        let told = last == "\"done\"" || last.starts_with("{\"refused\"");
        assert!(told || !output.status.success(), "seed {seed}, file {n}, {name}: {:?} {last}", output.status);
        assert!(one.elapsed() < LONGEST, "{:?} for {name} (seed {seed}, file {n})", one.elapsed());
        whole += usize::from(last == "\"done\"");
        n += 1;
    }
    assert!(whole > 0, "not one was read, not even the whole one");
    eprintln!("{n} damaged workbooks, {whole} of them could be read");
}

"""Soundings beside PyTorch and ONNX Runtime; run.sh sets up and starts this.

The same weights (models/model.safetensors, float16 widened to float32; ours in 8 bits as shipped and in 32), the same
texts, the same number of threads on the same machine. The engines take turns, round after round, because a machine's
speed drifts; the table gives the median round, the lowest and the highest, and ratios are medians of ratios within a
round.

Texts: `app`, `clothing` and `reddit` are samples of data/samples at their real lengths; `long` are clothing reviews
joined up to 200-480 word pieces. Soundings reads a text of more than 192 pieces in windows of sentences, which is less
arithmetic than reading it whole, so the Python engines get such texts cut into windows as well.

*All* is the time from strings to logits, tokenising included; *forward* from word pieces to logits. Python gets
strings that are normalised already, ours are as written and normalising is counted. Starting, importing, loading,
choosing a batch size and a first pass over each set are in no figure. `engines.py` says how each engine is given its
best.

Then one text at a time: 150 texts of at most 200 bytes, median and 95th percentile; and the time to load.

Last, that it is the same work: labels and probabilities of every engine are compared with PyTorch's in float32. Long
texts are left out there: Python's windows end anywhere, ours between sentences.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "models" / "training"))

ENGINES = {
    "torch-f32": "PyTorch float32",
    "torch-int8": "PyTorch dynamic int8",
    "onnx-f32": "ONNX Runtime float32",
    "onnx-fused-f32": "ONNX Runtime float32, fused",
    "onnx-int8": "ONNX Runtime dynamic int8",
    "onnx-fused-int8": "ONNX Runtime dynamic int8, fused",
}
# What `soundings bench` takes for its single texts.
SHORT, SHORT_BYTES = 150, 200


def samples(n: int, n_long: int) -> dict[str, list[str]]:
    """At most `n` different texts of each set, taken evenly over its file."""

    def column(file: str, name: str) -> list[str]:
        with open(ROOT / "data" / "samples" / file, newline="", encoding="utf-8-sig") as rows:
            return [row[name] for row in csv.DictReader(rows)]

    def spread(texts: list[str], most: int) -> list[str]:
        texts = list(dict.fromkeys(text for text in texts if text.strip()))
        return [texts[i * len(texts) // most] for i in range(most)] if len(texts) > most else texts

    reviews = column("clothing-reviews.csv", "Review Text")
    with open(ROOT / "data" / "samples" / "reddit-comments.jsonl", encoding="utf-8") as lines:
        comments = [json.loads(line)["text"] for line in lines]
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(ROOT / "models" / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    long, joined, wanted = [], [], 200
    for text in dict.fromkeys(text for text in reviews if text.strip()):
        joined.append(text)
        size = len(tokenizer.encode(" ".join(joined)).ids)
        if size > 480:
            joined = [text]
        elif size > wanted:
            long.append(" ".join(joined))
            joined, wanted = [], 200 + 40 * (len(long) % 7)
    app = column("quickbooks-app-reviews.csv", "review_text")
    with open(ROOT / "data" / "samples" / "replay.jsonl", encoding="utf-8") as lines:
        bundled = list(dict.fromkeys(json.loads(line)["text"] for line in lines))
    short = [f"so {text}" for text in bundled if len(text.encode()) <= SHORT_BYTES]
    return {
        "app": spread(app, n),
        "clothing": spread(reviews, n),
        "reddit": spread(comments, n),
        "long": spread(long, n_long),
        "short": short[:SHORT],
        "warm": bundled[-64:],
    }


def write_sets(folder: Path, sets: dict[str, list[str]]) -> dict[str, float]:
    """One JSON Lines file per set; returns the mean number of word pieces, the two special ones included."""
    from textnorm import normalise
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(ROOT / "models" / "tokenizer.json"))
    tokenizer.enable_truncation(512)
    tokenizer.no_padding()
    means = {}
    for name, texts in sets.items():
        # `soundings eval` wants a label; what it says of it is not looked at.
        rows = [{"text": text, "normalised": normalise(text), "sentiment": "neutral"} for text in texts]
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
        means[name] = statistics.mean(len(tokenizer.encode(row["normalised"]).ids) for row in rows)
    return means


class Python:
    """An engine of engines.py in its own process."""

    def __init__(self, name: str, folder: Path, threads: int):
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "engines.py"), name, str(folder), str(threads)],
            env={**os.environ, "OMP_NUM_THREADS": str(threads), "TOKENIZERS_PARALLELISM": "true", "RAYON_NUM_THREADS": str(threads)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.load_ms = self.read()["load_ms"]

    def read(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.process.args[2]} stopped")
        return json.loads(line)

    def ask(self, **command) -> dict:
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return self.read()

    def bulk(self, name: str, n: int) -> dict:
        answer = self.ask(do="bulk", set=name)
        return {"all": n / answer["seconds"], "forward": n / answer["forward_seconds"], "batch": answer["budget"]}

    def single(self) -> dict:
        ms = sorted(self.ask(do="single")["ms"])
        return {"p50": statistics.median(ms), "p95": ms[round((len(ms) - 1) * 0.95)], "load": self.load_ms}

    def answers(self, name: str) -> list:
        return self.ask(do="answers", set=name)["sentiment"]


def lines_of(command: list[str]) -> list[dict]:
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in out.splitlines()]


class Shipped:
    """The built executable. `eval` times the reading of a whole file, `bench` single texts."""

    def __init__(self, path: str, folder: Path, threads: int):
        self.path, self.folder, self.options = path, folder, ["--json", "--threads", str(threads)]

    def bulk(self, name: str, n: int) -> dict:
        # The first file touches all memory.
        files = [str(self.folder / f"{file}.jsonl") for file in ("warm", name)]
        report = lines_of([self.path, "eval", *files, "--mistakes", "0", *self.options])[1]
        assert report["n"] == n, report
        return {"all": report["texts_per_second"]}

    def single(self) -> dict:
        report = lines_of([self.path, "bench", "-n", "400", *self.options])[0]
        return {**report["single_ms"], "load": report["load_ms"]}

    def answers(self, name: str) -> list:
        """Probabilities of sentiment; `None` for a text that the product does not read."""
        with tempfile.TemporaryDirectory() as data:
            command = [self.path, "analyze", "--format", "jsonl", "--column", "text", "--data-dir", data]
            rows = [line["sentiment"] for line in lines_of([*command, str(self.folder / f"{name}.jsonl")])]
        return [row and [row["scores"][label] for label in ("negative", "neutral", "positive")] for row in rows]


class Wide:
    """Our 32-bit path, which is not in the executable: benches/model.rs, built."""

    def __init__(self, path: str, folder: Path):
        self.path, self.folder = path, folder

    def read(self, name: str) -> dict:
        return lines_of([self.path, "--wide", str(self.folder / f"{name}.jsonl")])[0]

    def bulk(self, name: str, n: int) -> dict:
        report = self.read(name)
        assert report["n"] == n, report
        return {"all": report["texts_per_second"], "share_of_peak": report["gflops"] / report["peak_gflops"]}

    def single(self) -> dict:
        report = self.read("short")
        return {**report["single_ms"], "load": report["load_ms"]}


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def agreement(ours: list, reference: list) -> tuple[float, float, float]:
    """Share of equal labels, mean and largest difference of a probability."""
    pairs = [(a, b) for a, b in zip(ours, reference, strict=True) if a]
    same = statistics.mean(a.index(max(a)) == b.index(max(b)) for a, b in pairs)
    gaps = [max(abs(x - y) for x, y in zip(a, b)) for a, b in pairs]
    return same, statistics.mean(gaps), max(gaps)


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return "an unknown processor"
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else "an unknown processor"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--soundings", default=str(ROOT / "target" / "release" / "soundings"))
    parser.add_argument("--wide", help="the built executable of benches/model.rs, for our float32 path")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--texts", type=int, default=600, help="texts of each set")
    parser.add_argument("--long", type=int, default=96, help="long texts")
    parser.add_argument("--engines", default=",".join(ENGINES), help=", ".join(ENGINES))
    parser.add_argument("--raw", type=Path, help="write every round's figures to this file, as JSON")
    args = parser.parse_args()

    import onnxruntime
    import torch

    folder = Path(tempfile.mkdtemp(prefix="side-by-side-"))
    sets = samples(args.texts, args.long)
    means = write_sets(folder, sets)
    names = {}
    engines: dict[str, Python | Shipped | Wide] = {}
    if args.soundings != "none":
        names["soundings"], engines["soundings"] = "Soundings", Shipped(args.soundings, folder, args.threads)
    if args.wide:
        names["soundings-f32"], engines["soundings-f32"] = "Soundings float32", Wide(args.wide, folder)
    chosen = [name for name in args.engines.split(",") if name]
    if any(name.startswith("onnx") for name in chosen):
        print("exporting to ONNX", file=sys.stderr)
        subprocess.run([sys.executable, str(HERE / "export.py"), str(folder)], check=True, stdout=2, stderr=subprocess.DEVNULL)
    for name in chosen:
        names[name] = ENGINES[name]
        engines[name] = Python(name, folder, args.threads)

    bulk_sets = ["app", "clothing", "reddit", "long"]
    raw = {name: {"bulk": {key: [] for key in bulk_sets}, "single": []} for name in engines}
    load = [os.getloadavg()[0]]
    for name, engine in engines.items():
        for key in bulk_sets:
            # Chooses batch sizes and touches all memory; not counted.
            engine.bulk(key, len(sets[key]))
    for round_ in range(args.rounds):
        for key in bulk_sets:
            for name, engine in engines.items():
                raw[name]["bulk"][key].append(engine.bulk(key, len(sets[key])))
        for name, engine in engines.items():
            raw[name]["single"].append(engine.single())
        load.append(os.getloadavg()[0])
        print(f"round {round_ + 1} of {args.rounds}, load {load[-1]:.1f}", file=sys.stderr)

    def middle(name: str, key: str, figure: str) -> float | None:
        values = [one[figure] for one in raw[name]["bulk"][key] if one.get(figure)]
        return statistics.median(values) if values else None

    def shown(value: float | None) -> str:
        return "–" if value is None else f"{value:.0f}" if value >= 10 else f"{value:.1f}"

    print(f"\n{time.strftime('%Y-%m-%d %H:%M')}, {processor()}, {args.threads} threads, load average {min(load):.1f}-{max(load):.1f}")
    print(f"torch {torch.__version__}, onnxruntime {onnxruntime.__version__}, {args.rounds} rounds in turn, median (lowest-highest)\n")
    head = ["texts per second"] + [f"{key} ({len(sets[key])} texts, {means[key]:.0f} pieces)" for key in bulk_sets]
    rows = []
    for name in engines:
        cells = []
        for key in bulk_sets:
            all_ = [one["all"] for one in raw[name]["bulk"][key]]
            cells.append(f"{shown(statistics.median(all_))} ({shown(min(all_))}-{shown(max(all_))})")
        rows.append([names[name], *cells])
        if middle(name, "app", "forward"):
            rows.append([f"{names[name]}, forward only", *(shown(middle(name, key, "forward")) for key in bulk_sets)])
    own = [name for name in engines if name.startswith("soundings")]
    python = [name for name in engines if name not in own]
    for name in own:
        for other in python:
            # The same round's figures side by side, so that a slow minute counts for both.
            ratios = []
            for key in bulk_sets:
                pairs = zip(raw[name]["bulk"][key], raw[other]["bulk"][key])
                ratios.append(statistics.median(a["all"] / b["all"] for a, b in pairs))
            rows.append([f"{names[name]} : {names[other]}", *(f"{ratio:.2f}" for ratio in ratios)])
    print(table(head, rows))

    rows = []
    for name in engines:
        singles = raw[name]["single"]
        rows.append([names[name], *(f"{statistics.median(one[key] for one in singles):.1f}" for key in ("p50", "p95", "load"))])
    print("\n" + table(["one short text, ms", "p50", "p95", "load"], rows))

    if "torch-f32" in engines:
        rows = []
        reference = {key: engines["torch-f32"].answers(key) for key in bulk_sets[:3]}
        for name, engine in engines.items():
            if name == "torch-f32" or isinstance(engine, Wide):
                continue
            both = [agreement(engine.answers(key), reference[key]) for key in bulk_sets[:3]]
            same, mean, most = statistics.mean(b[0] for b in both), statistics.mean(b[1] for b in both), max(b[2] for b in both)
            rows.append([names[name], f"{same * 100:.1f} %", f"{mean:.4f}", f"{most:.3f}"])
        print("\n" + table(["beside PyTorch float32", "same sentiment", "mean |Δp|", "largest |Δp|"], rows))
    budgets = {name: {key: raw[name]["bulk"][key][-1].get("batch") for key in bulk_sets} for name in python}
    print("\nWord pieces per batch that were fastest:", json.dumps(budgets))
    if args.raw:
        args.raw.write_text(json.dumps({"means": means, "load": load, "figures": raw}, indent=1) + "\n")


if __name__ == "__main__":
    main()

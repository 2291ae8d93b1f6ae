"""The Python engines, each in a process of its own: `python engines.py NAME FOLDER THREADS`.

Reads one JSON command per line and answers with one JSON line: {"do": "bulk", "set": NAME} with the time of reading all
texts, {"do": "single"} with the time of each short text alone, {"do": "answers", "set": NAME} with probabilities. A
text of more than 192 word pieces is cut into windows of like length, as few as there can be.
FOLDER holds one JSON Lines file per set and, for ONNX Runtime, the exported models (export.py).

Each engine gets its best: texts sorted by length, so that batches hardly need padding; the batch size that was fastest
on this machine, set by set; inference mode; PyTorch's fused attention; ONNX Runtime's graph optimisations, all of
them, and its own fusions of attention, GELU, layer norm and embedding beside the graph without them.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

MODELS = Path(__file__).resolve().parents[2] / "models"
# Word pieces in a batch, padding included; the fastest is chosen per set.
BUDGETS = [512, 1024, 2048, 4096]
# Word pieces of a window, without the two special ones.
WINDOW = 192
# Word pieces of the texts on which the batch size is chosen.
TRIAL = 8000


class Torch:
    def __init__(self, threads: int, quantized: bool):
        import torch
        from reader import load

        self.begin = time.perf_counter()
        torch.set_num_threads(threads)
        self.torch = torch
        self.net = load(MODELS)
        if quantized:
            torch.backends.quantized.engine = "x86"
            how = {torch.nn.Linear: torch.ao.quantization.per_channel_dynamic_qconfig}
            self.net = torch.ao.quantization.quantize_dynamic(self.net, how)

    def run(self, ids: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with self.torch.inference_mode():
            # No mask where there is no padding: the attention is faster without one.
            keep = None if mask.all() else self.torch.from_numpy(mask)
            sentiment, emotion, vector = self.net(self.torch.from_numpy(ids), keep)
            return sentiment.numpy(), emotion.numpy()


class Onnx:
    def __init__(self, threads: int, path: Path):
        import onnxruntime as ort

        self.begin = time.perf_counter()
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.log_severity_level = 3
        self.session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def run(self, ids: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        sentiment, emotion, _ = self.session.run(None, {"ids": ids, "mask": mask})
        return sentiment, emotion


def engine(name: str, folder: Path, threads: int):
    if name.startswith("torch"):
        return Torch(threads, quantized=name.endswith("int8"))
    return Onnx(threads, folder / f"{name}.onnx")


def batches(ids: list[list[int]], budget: int) -> list[tuple[np.ndarray, np.ndarray, list[int]]]:
    """Sorted by length, padded to the longest of the batch."""
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    out, at = [], 0
    while at < len(order):
        end = at + 1
        while end < len(order) and len(ids[order[end]]) * (end + 1 - at) <= budget:
            end += 1
        rows = order[at:end]
        width = len(ids[rows[-1]])
        padded = np.zeros((len(rows), width), np.int64)
        mask = np.zeros((len(rows), width), np.int64)
        for row, i in enumerate(rows):
            padded[row, : len(ids[i])] = ids[i]
            mask[row, : len(ids[i])] = 1
        out.append((padded, mask, rows))
        at = end
    return out


def softmax(logits: np.ndarray, temperature: float) -> np.ndarray:
    powers = np.exp((logits - logits.max(-1, keepdims=True)) / temperature)
    return powers / powers.sum(-1, keepdims=True)


def main() -> None:
    name, folder, threads = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    heads = json.loads((MODELS / "config.json").read_text())["heads"]
    model = engine(name, folder, threads)
    tokenizer = Tokenizer.from_file(str(MODELS / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(512)
    load_ms = (time.perf_counter() - model.begin) * 1e3
    texts = {}
    for path in folder.glob("*.jsonl"):
        texts[path.stem] = [json.loads(line)["normalised"] for line in path.read_text().splitlines()]
    budgets: dict[str, int] = {}

    first, last = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")

    def encode(some: list[str]) -> tuple[list[list[int]], list[int]]:
        """The windows of all texts, one after the other, and the text that each is of."""
        windows, owners = [], []
        for owner, encoding in enumerate(tokenizer.encode_batch_fast(some)):
            ids = encoding.ids
            if len(ids) <= WINDOW + 2:
                windows.append(ids)
            else:
                ids, k = ids[1:-1], -(-(len(ids) - 2) // WINDOW)
                cuts = [len(ids) * i // k for i in range(k + 1)]
                windows += [[first, *ids[a:b], last] for a, b in zip(cuts, cuts[1:])]
            owners += [owner] * (len(windows) - len(owners))
        return windows, owners

    def bulk(some: list[str], budget: int) -> tuple[float, float, list]:
        start = time.perf_counter()
        ids, _ = encode(some)
        ready = time.perf_counter()
        answers = [(rows, *model.run(padded, mask)) for padded, mask, rows in batches(ids, budget)]
        end = time.perf_counter()
        return end - start, end - ready, answers

    def fastest(key: str) -> int:
        if key not in budgets:
            step = max(1, sum(map(len, encode(texts[key])[0])) // TRIAL)
            sample = texts[key][::step]
            bulk(sample, BUDGETS[0])
            budgets[key] = min(BUDGETS, key=lambda budget: min(bulk(sample, budget)[1] for _ in range(2)))
        return budgets[key]

    print(json.dumps({"load_ms": load_ms}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "bulk":
            budget = fastest(command["set"])
            total, forward, _ = bulk(texts[command["set"]], budget)
            answer = {"seconds": total, "forward_seconds": forward, "budget": budget}
        elif command["do"] == "single":
            times = []
            for text in texts["short"]:
                start = time.perf_counter()
                ids = np.array(encode([text])[0], np.int64)
                model.run(ids, np.ones_like(ids))
                times.append((time.perf_counter() - start) * 1e3)
            answer = {"ms": times}
        else:
            some = texts[command["set"]]
            ids, owners = encode(some)
            sentiment, emotion = np.zeros((len(some), 3)), np.zeros((len(some), 7))
            pieces = np.zeros((len(some), 1))
            for padded, mask, rows in batches(ids, 2048):
                for row, s, e in zip(rows, *model.run(padded, mask)):
                    # Logits are linear in what the heads see, so windows may be averaged here.
                    weight = len(ids[row]) - 2
                    sentiment[owners[row]] += weight * s
                    emotion[owners[row]] += weight * e
                    pieces[owners[row]] += weight
            answer = {
                "sentiment": softmax(sentiment / pieces, heads["sentiment_temperature"]).tolist(),
                "emotion": softmax(emotion / pieces, heads["emotion_temperature"]).tolist(),
            }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()

"""What the reference implementation answers for small classifiers of each kind that `models add` loads.

    python3 -m venv venv && venv/bin/pip install torch transformers tokenizers safetensors numpy
    venv/bin/python tests/reference/classifiers.py

writes `config.json`, `tokenizer.json` and `golden.json` into tests/data/classifiers/<kind>/. They are committed; the
script is run again only to add a kind or a text. Last run with torch 2.15.0, transformers 5.23.0, tokenizers 0.23.3.

The weights are not committed: whoever tests makes them. `golden.json` lists each tensor of `model.safetensors` by name
with shape, `base` and `scale`, all float32. Element i (row-major, from 0) of a tensor is, in float32 arithmetic,

    base + unit(i) * scale        unit(i) = (z(i) >> 40) / 2^24 - 0.5

where z(i) is the (i + 1)-th output of SplitMix64 (Steele, Lea, Flood 2014) whose state starts at the FNV-1a 64-bit hash
of the tensor's name in UTF-8. `first` holds the first values, to see at once whether the formula was repeated.

Texts go to the tokenizer as they stand. A text that is longer than the model's window is cut at the end, so that all
its pieces, special ones included, are `window` many. Logits come from one text at a time, without padding, in float32
with dropout off; the script checks that a padded batch answers the same.
"""

import json
import tempfile
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import AutoConfig, AutoModelForSequenceClassification

DATA = Path(__file__).resolve().parents[1] / "data" / "classifiers"
WINDOW = 64

WORDS = """the a i it is was not no very good bad great terrible love hate happy sad angry afraid app crash es update
phone battery service food film book slow fast un help ful less ing ed er ly surprise""".split()

TEXTS = [
    "I love it.",
    "no",
    "",
    " \t ",
    "?!",
    "The app crashes after the update, and service was not helpful at all!",
    "Café naïve – ‘quoted’ … ÄÖÜ ß ﬁne",
    "電池がすぐ切れる。 Батарея плохая",
    "great 😀👍🏽 film\nbook  two  spaces",
    "[MASK] <s> </s> special words",
    "x" * 120,
    "The food was terrible, but the service was great and the film was not bad. " * 8,
    " ".join(["good"] * (WINDOW - 2)),
    " ".join(["bad"] * (WINDOW - 1)),
]


def pieces(letters: str) -> list[str]:
    """Entries of a small WordPiece vocabulary: special pieces, single characters, their continuations, words."""
    marks = list(".,!?'-–‘’…0123456789電池")
    entries = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *marks, *letters]
    entries += ["##" + c for c in "abcdefghijklmnopqrstuvwxyz"]
    return list(dict.fromkeys(entries + WORDS + ["##" + w for w in ("es", "ing", "ed", "er", "ly", "ful", "less")]))


def word_piece(letters: str, lowercase: bool) -> Tokenizer:
    vocab = {piece: i for i, piece in enumerate(pieces(letters))}
    t = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]", max_input_chars_per_word=100))
    t.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocab["[CLS]"]), ("[SEP]", vocab["[SEP]"])],
    )
    t.decoder = decoders.WordPiece()
    t.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    return t


def byte_pairs() -> Tokenizer:
    vocab = {piece: i for i, piece in enumerate(["<s>", "<pad>", "</s>", "<unk>"])}
    for byte in sorted(pre_tokenizers.ByteLevel.alphabet()):
        vocab[byte] = len(vocab)
    merges = []
    for word in ["Ġ" + w for w in WORDS] + WORDS:
        for end in range(2, len(word) + 1):
            if word[:end] not in vocab:
                vocab[word[:end]] = len(vocab)
                merges.append((word[: end - 1], word[end - 1]))
    vocab["<mask>"] = len(vocab)
    t = Tokenizer(models.BPE(vocab, merges, dropout=None, continuing_subword_prefix="", end_of_word_suffix=""))
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    t.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True)])
    return t


def unigram() -> Tokenizer:
    letters = list("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,!?'-…éïäöüßбатреяплохя電池がす")
    entries = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -3.5)]
    entries += [("▁" + word, -4.0 - 0.05 * i) for i, word in enumerate(WORDS)]
    entries += [(word, -6.0 - 0.05 * i) for i, word in enumerate(WORDS) if len(word) > 1]
    entries += [(c, -8.0 - 0.03 * i) for i, c in enumerate(dict.fromkeys(letters)) if c not in dict(entries)]
    entries += [("<mask>", 0.0)]
    t = Tokenizer(models.Unigram(entries, unk_id=3, byte_fallback=False))
    t.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    t.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    t.decoder = decoders.Metaspace()
    t.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True)])
    return t


def labels(names: list[str]) -> dict:
    return {
        "id2label": {str(i): name for i, name in enumerate(names)},
        "label2id": {name: i for i, name in enumerate(names)},
    }


def shape(**more) -> dict:
    """The part of config.json that BERT, RoBERTa and XLM-RoBERTa have in common."""
    return {
        "attention_probs_dropout_prob": 0.1,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "hidden_size": 32,
        "initializer_range": 0.02,
        "intermediate_size": 64,
        "num_attention_heads": 4,
        "num_hidden_layers": 2,
        "position_embedding_type": "absolute",
        **more,
    }


def kinds() -> dict[str, tuple[dict, Tokenizer]]:
    """Configuration and tokenizer of each kind; labels as in widely used models of that kind."""
    roberta = {
        "bos_token_id": 0,
        "eos_token_id": 2,
        "pad_token_id": 1,
        "layer_norm_eps": 1e-05,
        "max_position_embeddings": WINDOW + 2,  # positions count from the padding's id + 1
        "type_vocab_size": 1,
    }
    uncased = word_piece("abcdefghijklmnopqrstuvwxyz", lowercase=True)
    # Files that were saved after a training run carry its cutting and padding; a loader has to set its own.
    uncased.enable_truncation(512)
    uncased.enable_padding(pad_id=0, pad_token="[PAD]", length=128)
    return {
        "bert": (
            {
                "architectures": ["BertForSequenceClassification"],
                "model_type": "bert",
                **shape(layer_norm_eps=1e-12, max_position_embeddings=WINDOW, type_vocab_size=2, pad_token_id=0),
                **labels(["1 star", "2 stars", "3 stars", "4 stars", "5 stars"]),
            },
            word_piece("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZéïÄÖÜß", lowercase=False),
        ),
        "distilbert": (
            {
                "activation": "gelu",
                "architectures": ["DistilBertForSequenceClassification"],
                "attention_dropout": 0.1,
                "dim": 32,
                "dropout": 0.1,
                "finetuning_task": "sst-2",
                "hidden_dim": 64,
                "initializer_range": 0.02,
                "max_position_embeddings": WINDOW,
                "model_type": "distilbert",
                "n_heads": 4,
                "n_layers": 2,
                "pad_token_id": 0,
                "qa_dropout": 0.1,
                "seq_classif_dropout": 0.2,
                "sinusoidal_pos_embds": False,
                "tie_weights_": True,
                **labels(["NEGATIVE", "POSITIVE"]),
            },
            uncased,
        ),
        "roberta": (
            {
                "architectures": ["RobertaForSequenceClassification"],
                "model_type": "roberta",
                **shape(**roberta),
                **labels(["anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise"]),
            },
            byte_pairs(),
        ),
        "xlm-roberta": (
            {
                "architectures": ["XLMRobertaForSequenceClassification"],
                "model_type": "xlm-roberta",
                **shape(**roberta),
                **labels(["negative", "neutral", "positive"]),
            },
            unigram(),
        ),
    }


def fnv1a(name: str) -> int:
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = ((h ^ byte) * 0x100000001B3) % 2**64
    return h


def tensor(name: str, size: tuple[int, ...], base: float, scale: float) -> np.ndarray:
    """The formula at the top of this file."""
    n = int(np.prod(size))
    z = np.uint64(fnv1a(name)) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    unit = (z >> np.uint64(40)).astype(np.float32) / np.float32(2**24) - np.float32(0.5)
    return (np.float32(base) + unit * np.float32(scale)).reshape(size)


def base_and_scale(name: str) -> tuple[float, float]:
    """Wide enough that attention is far from even and the probabilities are far from each other."""
    if name.lower().replace("_", "").endswith("layernorm.weight"):
        return 1.0, 0.25
    if name.endswith(".bias"):
        return 0.0, 0.25
    return 0.0, 1.0


def rounded(values) -> list[float]:
    """Shortest decimals that come back as the same float32."""
    return [float(str(np.float32(v))) for v in values]


def answers(model, tokenizer: Tokenizer) -> list[dict]:
    pad = model.config.pad_token_id
    cases = []
    with torch.inference_mode():
        for text in TEXTS:
            ids = tokenizer.encode(text).ids
            logits = model(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids))).logits[0]
            cases.append({"text": text, "ids": ids, "logits": logits})
        longest = max(len(case["ids"]) for case in cases)
        assert longest == WINDOW and max(i for case in cases for i in case["ids"]) < model.config.vocab_size
        padded = torch.tensor([case["ids"] + [pad] * (longest - len(case["ids"])) for case in cases])
        mask = torch.tensor([[1] * len(case["ids"]) + [0] * (longest - len(case["ids"])) for case in cases])
        batch = model(input_ids=padded, attention_mask=mask).logits
    for case, row in zip(cases, batch):
        assert torch.allclose(case["logits"], row, atol=1e-5), (case, row)
        case["probabilities"] = rounded(torch.softmax(case["logits"], -1).tolist())
        case["logits"] = rounded(case["logits"].tolist())
    return cases


def lines(golden: dict) -> str:
    """JSON with one line per tensor and one per text, so that a change can be read."""
    line = lambda value: json.dumps(value, ensure_ascii=False)
    parts = [f"{line(k)}: {line(v)}" for k, v in golden.items() if not (isinstance(v, list) and v and isinstance(v[0], dict))]
    for name in ("tensors", "cases"):
        parts.append(f"{line(name)}: [\n" + ",\n".join(line(row) for row in golden[name]) + "\n]")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def write(kind: str, config: dict, tokenizer: Tokenizer) -> None:
    folder = DATA / kind
    folder.mkdir(parents=True, exist_ok=True)
    config["vocab_size"] = tokenizer.get_vocab_size()
    (folder / "config.json").write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n")
    (folder / "tokenizer.json").write_text(tokenizer.to_str(pretty=False) + "\n")

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(WINDOW)
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "config.json").write_text((folder / "config.json").read_text())
        empty = AutoModelForSequenceClassification.from_config(AutoConfig.from_pretrained(scratch))
        tensors, weights = [], {}
        for name, value in empty.state_dict().items():
            assert value.dtype == torch.float32, name
            base, scale = base_and_scale(name)
            weights[name] = tensor(name, tuple(value.shape), base, scale)
            first = rounded(weights[name].ravel()[:3])
            tensors.append({"name": name, "shape": list(value.shape), "base": base, "scale": scale, "first": first})
        save_file(weights, Path(scratch) / "model.safetensors", metadata={"format": "pt"})
        model = AutoModelForSequenceClassification.from_pretrained(
            scratch, attn_implementation="eager", dtype=torch.float32
        ).eval()
        for name, value in model.state_dict().items():
            assert np.array_equal(value.numpy(), weights[name]), f"{name} was not loaded as written"
        cases = answers(model, tokenizer)
    golden = {
        "kind": kind,
        "window": WINDOW,
        "labels": list(config["id2label"].values()),
        "tensors": tensors,
        "cases": cases,
    }
    (folder / "golden.json").write_text(lines(golden))
    print(kind, type(model).__name__, len(tensors), "tensors,", config["vocab_size"], "pieces")
    for case in cases:
        print("  ", len(case["ids"]), [round(p, 3) for p in case["probabilities"]], repr(case["text"][:40]))


if __name__ == "__main__":
    for kind, (config, tokenizer) in kinds().items():
        write(kind, config, tokenizer)

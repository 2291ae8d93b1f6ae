"""The weights in 8 bits: models/model.safetensors -> models/model-int8.safetensors. Needs Python and nothing else.

    python models/training/narrow.py models/model.safetensors models/model-int8.safetensors

Every output row of a linear layer of the encoder, and every row of the table of word pieces, is stored as whole numbers
from -127 to 127 (NAME.weight, I8) times one 32-bit scale (NAME.weight_scale, F32, the largest magnitude of the row
divided by 127). Everything else (biases, layer norms, positions, the pooler, the heads) is copied as it is, in 16 bits.

The program quantises the inputs of a layer too, and a few inputs are ten times as large as the others, which would be
left with few codes. So each input of a layer is multiplied with a factor (PART.input_scale, F32) and the weights are
divided by it, such that inputs and weights share the burden (SmoothQuant, Xiao et al. 2023, with alpha 0.5). How large
the inputs get is in ranges.json, which `UPDATE_EXPECT=1 cargo test --release --lib the_ranges` measures on the
sample texts. The same input always gives the same bytes.
"""

import json
import os
import re
import struct
import sys

WORDS = "embeddings.word_embeddings.weight"
# The layers with the same inputs share their factors.
LAYER = re.compile(r"(encoder\.layer\.\d+\.(?:attention\.self|attention\.output\.dense|intermediate\.dense|output\.dense))"
                   r"(?:\.query|\.key|\.value)?\.weight")


def read(path):
    """Tensors by name: type, shape, bytes."""
    with open(path, "rb") as file:
        data = file.read()
    (size,) = struct.unpack_from("<Q", data)
    header, body = json.loads(data[8:8 + size]), memoryview(data)[8 + size:]
    header.pop("__metadata__", None)
    return {name: (t["dtype"], t["shape"], body[slice(*t["data_offsets"])]) for name, t in header.items()}


def write(path, tensors):
    """Scales first, so that every tensor is aligned to the size of its numbers; then by name."""
    size = {"F32": 4, "F16": 2, "I8": 1}
    header, at = {}, 0
    order = sorted(tensors, key=lambda name: (-size[tensors[name][0]], name))
    for name in order:
        dtype, shape, data = tensors[name]
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name in order:
            file.write(tensors[name][2])


def rows_of(shape, data):
    """The rows of a matrix of 16-bit floats."""
    rows, width = shape
    return [struct.unpack_from(f"<{width}e", data, row * width * 2) for row in range(rows)]


def single(x):
    """The nearest 32-bit float."""
    return struct.unpack("<f", struct.pack("<f", x))[0]


def narrowed(rows):
    """Whole numbers and scales of a matrix."""
    codes, scales = bytearray(), bytearray()
    for values in rows:
        step = single(max(map(abs, values)) / 127)
        scales += struct.pack("<f", step)
        codes += struct.pack(f"{len(values)}b", *[max(-127, min(127, round(v / (step or 1.0)))) for v in values])
    return codes, scales


def factors_of(ranges, matrices):
    """What to multiply each input with: the largest weight over the largest input, square-rooted."""
    largest = [max(map(abs, column)) for column in zip(*[row for rows in matrices for row in rows])]
    return [single((w / x) ** 0.5) if w and x else 1.0 for w, x in zip(largest, ranges)]


def main(source, target):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ranges.json")) as file:
        ranges = json.load(file)
    tensors, parts = {}, {}
    for name, (dtype, shape, data) in read(source).items():
        match = LAYER.fullmatch(name)
        if name == WORDS or match:
            assert dtype == "F16", name
            parts.setdefault(match.group(1) if match else name, []).append((name, shape, rows_of(shape, data)))
        else:
            tensors[name] = (dtype, shape, bytes(data))
    for part, matrices in parts.items():
        factors = None
        if part != WORDS:
            factors = factors_of(ranges[part], [rows for _, _, rows in matrices])
            tensors[part + ".input_scale"] = ("F32", [len(factors)], struct.pack(f"<{len(factors)}f", *factors))
        for name, shape, rows in matrices:
            if factors:
                rows = [[w / f for w, f in zip(row, factors)] for row in rows]
            codes, scales = narrowed(rows)
            tensors[name] = ("I8", shape, codes)
            tensors[name + "_scale"] = ("F32", shape[:1], scales)
    write(target, tensors)


if __name__ == "__main__":
    main(*sys.argv[1:])

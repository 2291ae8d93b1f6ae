"""The weights in 8 bits: models/model.safetensors -> models/model-int8.safetensors. Needs Python and nothing else.

    python models/training/narrow.py models/model.safetensors models/model-int8.safetensors

Every output row of a linear layer of the encoder, and every row of the table of word pieces, is stored as whole numbers
from -127 to 127 (NAME.weight, I8) times one 32-bit scale (NAME.weight_scale, F32, the largest magnitude of the row
divided by 127). Everything else (biases, layer norms, positions, the pooler, the heads) is copied as it is, in 16 bits.
The same input always gives the same bytes.
"""

import json
import re
import struct
import sys

NARROW = re.compile(r"(encoder\.layer\.\d+\.(attention\.self\.(query|key|value)|(attention\.output|intermediate|output)\.dense)"
                    r"|embeddings\.word_embeddings)\.weight")


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


def narrowed(shape, data):
    """Whole numbers and scales of a matrix of 16-bit floats."""
    rows, width = shape
    codes, scales = bytearray(), bytearray()
    for row in range(rows):
        values = struct.unpack_from(f"<{width}e", data, row * width * 2)
        scale = struct.pack("<f", max(map(abs, values)) / 127)
        scales += scale
        step = struct.unpack("<f", scale)[0] or 1.0
        codes += struct.pack(f"{width}b", *[max(-127, min(127, round(value / step))) for value in values])
    return codes, scales


def main(source, target):
    tensors = {}
    for name, (dtype, shape, data) in read(source).items():
        if NARROW.fullmatch(name):
            assert dtype == "F16", name
            codes, scales = narrowed(shape, data)
            tensors[name] = ("I8", shape, codes)
            tensors[name + "_scale"] = ("F32", shape[:1], scales)
        else:
            tensors[name] = (dtype, shape, bytes(data))
    write(target, tensors)


if __name__ == "__main__":
    main(*sys.argv[1:])

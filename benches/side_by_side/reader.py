"""The bundled model in PyTorch: Hugging Face's `BertModel` with the fused attention, our two heads and the vector."""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import BertConfig, BertModel


class Reader(torch.nn.Module):
    def __init__(self, config: dict, attention: str):
        super().__init__()
        own = ("heads", "embedding", "architectures", "model_type")
        shape = BertConfig(**{k: v for k, v in config.items() if k not in own}, attn_implementation=attention)
        self.bert = BertModel(shape)
        self.sentiment = torch.nn.Linear(shape.hidden_size, len(config["heads"]["sentiment"]))
        self.emotion = torch.nn.Linear(shape.hidden_size, len(config["heads"]["emotion"]))

    def forward(self, ids, mask=None):
        out = self.bert(input_ids=ids, attention_mask=mask)
        if mask is None:
            mean = out.last_hidden_state.mean(1)
        else:
            keep = mask.unsqueeze(-1).to(out.last_hidden_state.dtype)
            mean = (out.last_hidden_state * keep).sum(1) / keep.sum(1)
        vector = torch.nn.functional.normalize(mean, dim=-1)
        return self.sentiment(out.pooler_output), self.emotion(out.pooler_output), vector


def load(models: Path, attention: str = "sdpa") -> Reader:
    net = Reader(json.loads((models / "config.json").read_text()), attention)
    weights = {}
    for name, value in load_file(models / "model.safetensors").items():
        name = name.removeprefix("bert.")
        weights[name if name.startswith(("sentiment", "emotion")) else f"bert.{name}"] = value.float()
    found = net.load_state_dict(weights, strict=False)
    assert not found.unexpected_keys and not [name for name in found.missing_keys if "_ids" not in name], found
    return net.eval()

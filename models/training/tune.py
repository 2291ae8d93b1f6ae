"""Tries to teach the finished model the sentences of contrast.txt without moving what it says of other texts.

    python tune.py MODEL_DIR DATA_DIR/train OUT.pt [--steps 150] [--keep 3] [--start OTHER.pt]

The top two layers, the pooler and the heads learn. Other texts are replayed: what the model said of them before, in
probabilities and sentence vector, is what it should go on saying. README.md tells what came of it.
"""
import argparse, glob, json, os, random, numpy as np, torch, torch.nn.functional as F
from safetensors.torch import load_file
from tokenizers import Tokenizer
from contrast import sentences
from net import *; from textnorm import normalise
ap = argparse.ArgumentParser()
ap.add_argument("model"); ap.add_argument("data"); ap.add_argument("out"); ap.add_argument("--start")
ap.add_argument("--steps", type=int, default=150); ap.add_argument("--keep", type=float, default=3.); ap.add_argument("--lr", type=float, default=1e-4)
ap.add_argument("--per-set", type=int, default=250); ap.add_argument("--batch", type=int, default=40)
A = ap.parse_args(); random.seed(1); torch.manual_seed(7)
here = os.path.dirname(os.path.abspath(__file__)); tok = Tokenizer.from_file(A.model + "/tokenizer.json"); tok.enable_truncation(96); tok.enable_padding()
w = {k: v.float() for k, v in load_file(A.model + "/model.safetensors").items()}
def fresh():
    net = Net().eval(); part = {"q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value", "o": "attention.output.dense", "ln1": "attention.output.LayerNorm", "up": "intermediate.dense", "down": "output.dense", "ln2": "output.LayerNorm"}
    top = {"word": "embeddings.word_embeddings", "pos": "embeddings.position_embeddings", "typ": "embeddings.token_type_embeddings", "ln": "embeddings.LayerNorm", "pool": "pooler.dense", "sent": "sentiment", "emo": "emotion"}
    def there(name):
        p = name.split("."); return f"encoder.layer.{p[1]}.{part[p[2]]}.{p[3]}" if p[0] == "layers" else f"{top[p[0]]}.{p[1]}"
    net.load_state_dict({k: w[there(k)] for k in net.state_dict()}); return net
def read(net, texts):
    found = tok.encode_batch([normalise(t) for t in texts]); ids = torch.tensor([f.ids for f in found]); keep = torch.tensor([f.attention_mask for f in found]).bool()
    with torch.no_grad(): x = net.run(net.embed(ids), keep, 0, 4)
    x = net.run(x, keep, 4, L); return *net.heads(x), F.normalize(net.mean(x, keep), dim=-1)
first, net = fresh(), fresh()
if A.start: net.load_state_dict(torch.load(A.start))
learn = [p for n, p in net.named_parameters() if n.startswith(("layers.4", "layers.5", "pool", "sent", "emo"))]
for p in net.parameters(): p.requires_grad_(any(p is q for q in learn))
opt = torch.optim.AdamW(learn, lr=A.lr, weight_decay=.01); pairs = sentences(here + "/contrast.txt"); known = [p for p in pairs if not p[4]]
replay = []
for f in sorted(glob.glob(A.data + "/*.jsonl")):
    rows = [r for r in map(json.loads, open(f)) if r["split"] == "train" and len(r["text"]) < 300]; replay += random.sample(rows, min(len(rows), A.per_set))
random.shuffle(replay)
# The contrast sentences have their own shares of the labels; what is learned is not to be those.
with torch.no_grad(): usual = torch.cat([read(first, [r["text"] for r in replay[i:i + 50]])[0].softmax(-1) for i in range(0, min(len(replay), 500), 50)]).mean(0)
share = torch.bincount(torch.tensor([p[2] for p in known]), minlength=3) / len(known); adjust = torch.log(share) - torch.log(usual)
kl = lambda new, old: F.kl_div(new.log_softmax(-1), old.softmax(-1), reduction="batchmean")
for n in range(A.steps):
    texts = [r["text"] for r in random.sample(replay, min(len(replay), A.batch))]; batch = random.sample(known, min(len(known), A.batch))
    with torch.no_grad(): old = read(first, texts); was = read(first, [p[3] for p in batch])
    new, now = read(net, texts), read(net, [p[3] for p in batch]); label = torch.tensor([p[2] for p in batch])
    # Emotion as before, but for emotions that contradict the sentiment.
    aim = was[1].softmax(-1).clone(); aim[label == 0, 3] *= .05
    aim[(label == 2)[:, None] & torch.isin(torch.arange(7), torch.tensor([0, 1, 2, 4]))] *= .05; aim /= aim.sum(-1, keepdim=True)
    loss = A.keep * (kl(new[0], old[0]) + kl(new[1], old[1])) + .6 * F.cross_entropy(now[0] + adjust, label, label_smoothing=.1) + .2 * F.cross_entropy(now[1], aim)
    loss = loss + 20 * (1 - (new[2] * old[2]).sum(-1)).mean() + 10 * (1 - (now[2] * was[2]).sum(-1)).mean()
    opt.zero_grad(); loss.backward(); torch.nn.utils.clip_grad_norm_(learn, 1.); opt.step()
    if n % 25 == 24: print(n + 1, round(loss.item(), 3), flush=True)
with torch.no_grad():
    for name, part in (("learned", known), ("held out", [p for p in pairs if p[4]])):
        for model, m in (("before", first), ("after", net)):
            said = torch.cat([read(m, [p[3] for p in part[i:i + 100]])[0].argmax(-1) for i in range(0, len(part), 100)]); print(name, model, round((said == torch.tensor([p[2] for p in part])).float().mean().item(), 3))
torch.save(net.state_dict(), A.out)

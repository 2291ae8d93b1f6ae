"""The contrast sentences of contrast.txt, written out.

A heading (`# negation`) names a kind, an empty line ends a block, and each line is a label (-, 0 or +) and a pattern;
`{a|b}` stands for either. The sentences of every third block are held out: they are measured, not learned.
"""
import random, re
LABELS = "-0+"

def patterns(path):
    """Kind, block, label and pattern of each line."""
    kind, block, fresh = None, -1, True
    for line in open(path, encoding="utf-8"):
        line = line.rstrip("\n")
        if not line.strip() or line.startswith("# "):
            kind, fresh = line[2:] if line.strip() else kind, True
            continue
        block, fresh = block + fresh, False
        yield kind, block, LABELS.index(line[0]), line[2:]

def written_out(pattern, most, rng):
    """Up to `most` sentences, every alternative at least once."""
    parts = re.split(r"(\{[^{}]*\})", pattern)
    choices = [p[1:-1].split("|") if p.startswith("{") else [p] for p in parts]
    longest, total = max(map(len, choices)), 1
    for c in choices: total *= len(c)
    orders, found = [rng.sample(c, len(c)) for c in choices], {}
    for i in range(4 * max(longest, most)):
        if len(found) >= min(total, max(longest, most)): break
        picked = "".join(o[i % len(o)] if i < longest else rng.choice(o) for o in orders)
        picked = re.sub(r"\s+([,.?!])", r"\1", re.sub(r"\s+", " ", picked)).strip()
        if picked: found[picked] = True
    return list(found)

def sentences(path, most=12, seed=5):
    """Kind, block, label, sentence, and whether it is held out."""
    rng = random.Random(seed)
    return [(k, b, l, s, b % 3 == 2) for k, b, l, p in patterns(path) for s in written_out(p, most, rng)]

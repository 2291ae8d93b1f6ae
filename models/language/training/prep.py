"""Writes train.tsv (language, 1 or 2 for own phrases, sentence), what train.rs learns from.

    prep.py MULTILINGUAL.jsonl.zst TATOEBA.json.zst ENGLISH_FOLDER [KEPT_OUT.tsv...]

MULTILINGUAL has a JSON object a line (`text`, `lang`, `src`, `en` where the English side of a pair is known), TATOEBA an
object of languages with `en` and `fo`, ENGLISH_FOLDER has goemotions.jsonl, womens_clothing.jsonl and
googleplay_apps3000.jsonl (`text`, `split`). Sentences that stand in the last column of a file of KEPT_OUT are left out, so
that they can be measured on. Only sets whose terms are clear: README.md beside the weights names them.
"""

import collections
import json
import pathlib
import random
import subprocess
import sys

random.seed(7)
CODES = (
    "en es pt de fr it nl id tr pl sv no da fi ro vi hu cs sk hr sl et af sw ha ig yo rw so om eu mt is sq gl ca lt lv "
    "az tl ga su hi uz"
).split()
# Told as one: their texts are too alike to be told apart in a few words.
SAME = {"ms": "id", "bs": "hr", "sr": "hr", "pt-MZ": "pt", "pt-BR": "pt"}
SOURCES = {"tatoeba", "xed", "brighter", "afrisenti"}
ENGLISH = ("goemotions", "womens_clothing", "googleplay_apps3000")
FEW = "ha ig yo rw sw so om uz su af".split()


def unpacked(path):
    return subprocess.run(["zstd", "-dc", path], capture_output=True, check=True).stdout.decode()


def line(text):
    return " ".join(text.replace("<username>", "").split())


def is_latin(text):
    letters = [c for c in text if c.isalpha()]
    return letters and sum(ord(c) < 0x250 or 0x1E00 <= ord(c) < 0x1F00 for c in letters) > 0.7 * len(letters)


multilingual, tatoeba, english, *kept_out = sys.argv[1:]
held = {text.rstrip("\n").split("\t")[-1][:300] for path in kept_out for text in open(path, encoding="utf-8")}
found = collections.defaultdict(set)


def add(code, text):
    code, text = SAME.get(code, code), line(text)[:300]
    # The Hindi of the sets is in its own letters.
    if code in CODES and code != "hi" and text and text not in held and is_latin(text):
        found[code].add(text)


for code, pairs in json.loads(unpacked(tatoeba)).items():
    for text in pairs["en"]:
        add("en", text)
    for text in pairs["fo"]:
        add(code, text)
known = collections.Counter(word.strip(".,!?\"'") for text in found["en"] for word in text.lower().split())
for row in map(json.loads, unpacked(multilingual).splitlines()):
    if row["src"] not in SOURCES:
        continue
    add(row["lang"], row["text"])
    # The English side of XED holds lines in other languages: only what is made of words that Tatoeba's English knows.
    words = [word.strip(".,!?\"'-") for word in row.get("en", "").lower().split()] if row["src"] == "xed" else []
    if len(words) > 2 and sum(known[word] > 2 for word in words) > 0.85 * len(words):
        add("en", row["en"])
pairs_only = sorted(found["en"])
random.shuffle(pairs_only)
found["en"] = set(pairs_only[:14000])
for name in ENGLISH:
    rows = map(json.loads, open(pathlib.Path(english) / f"{name}.jsonl", encoding="utf-8"))
    texts = sorted({row["text"] for row in rows if row["split"] == "train"})
    for text in random.sample(texts, min(5500, len(texts))):
        add("en", text)

own = dict(row.rstrip("\n").split("\t") for row in open("own.tsv", encoding="utf-8"))
with open("train.tsv", "w", encoding="utf-8") as out:
    for code in CODES:
        texts = sorted(found[code])
        random.shuffle(texts)
        for text in texts[: 30000 if code == "en" else 1500 if code in FEW else 6000]:
            out.write(f"{code}\t1\t{text}\n")
        phrases = own[code].split("|") if code in own else []
        for phrase in phrases:
            out.write(f"{code}\t2\t{phrase}\n")
        print(code, len(texts), len(phrases), end="; ")
print()

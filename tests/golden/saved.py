"""Compares what transformers makes of folders that Lacuna saved with what Lacuna made of them.

    deno run --allow-read --allow-write tests/golden/saved.ts out/saved weights weights/scratch [CHECKPOINT...]
    python tests/golden/saved.py out/saved [DATA]

AutoTokenizer and AutoModelForTokenClassification as anybody would call them: ids have to be equal on hard words and on
every word of DATA (../shared/data), logits up to 1e-4, tags equal.
"""

import hashlib
import json
import pathlib
import re
import struct
import sys

import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer
from transformers.utils import logging


def word_ids(tokenizer, words):
    """The ids of each word as part of a sentence."""
    encoded = tokenizer(words, is_split_into_words=True, add_special_tokens=False)
    ids = [[] for _ in words]
    for row, word in enumerate(encoded.word_ids()):
        ids[word].append(encoded["input_ids"][row])
    return ids


def differing(tokenizer, words, expected):
    found = word_ids(tokenizer, words)
    return [(word, f, e) for word, f, e in zip(words, found, expected, strict=True) if f != e]


def check_model(folder, expected, wanted):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForTokenClassification.from_pretrained(folder)
    wrong = differing(tokenizer, expected["hardWords"], wanted["hardIds"])
    worst, tags = 0.0, 0
    for words, logits in zip(expected["sentences"], wanted["logits"], strict=True):
        encoded = tokenizer(words, is_split_into_words=True, return_tensors="pt")
        with torch.no_grad():
            rows = model(**encoded).logits[0]
        places = encoded.word_ids()
        found = torch.stack([rows[places.index(word)] for word in range(len(words))])
        ours = torch.tensor(logits).reshape(found.shape)
        worst = max(worst, (found - ours).abs().max().item())
        tags += int((found.argmax(-1) != ours.argmax(-1)).sum())
    return wrong, worst, tags


def digest(tokenizer, path, is_text):
    words = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        columns = re.findall(r"[^ \t\r]+", line)
        words += columns if is_text else columns[:1]
    sha = hashlib.sha256()
    for start in range(0, len(words), 1000):
        for ids in word_ids(tokenizer, words[start : start + 1000]):
            sha.update(struct.pack(f"<{len(ids)}I", *ids))
    return {"words": len(words), "sha256": sha.hexdigest()}


def main():
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    folder = pathlib.Path(sys.argv[1])
    data = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
    expected = json.loads((folder / "expected.json").read_text())
    failed = False
    for name, wanted in expected["models"].items():
        wrong, worst, tags = check_model(folder / name, expected, wanted)
        failed |= bool(wrong) or worst > 1e-4 or tags > 0
        print(f"{name}: {len(wrong)} of {len(expected['hardWords'])} hard words differ {wrong[:3]}, "
              f"logits by {worst:.1e}, {tags} tags")
    for name, wanted in expected["tokenizers"].items():
        tokenizer = AutoTokenizer.from_pretrained(folder / name)
        wrong = differing(tokenizer, expected["hardWords"], wanted["hardIds"])
        files = {} if data is None else wanted["digests"]
        other = [path for path, ours in files.items()
                 if digest(tokenizer, data / path, path.startswith("text/")) != ours]
        failed |= bool(wrong or other)
        words = sum(ours["words"] for ours in files.values())
        print(f"{wanted['checkpoint']}: {len(wrong)} hard words differ {wrong[:3]}, "
              f"{len(other)} of {len(files)} files with {words} words {other[:3]}")
    sys.exit(failed)


if __name__ == "__main__":
    main()

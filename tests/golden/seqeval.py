"""Writes the scores of seqeval 1.2.2 that tests/evaluation compares with.

    python tests/golden/seqeval.py                      writes seqeval.json
    python tests/golden/seqeval.py --masakhaner FOLDER  writes seqeval_masakhaner.json (scores only, no text)

seqeval.json, a letter for a tag (O, B = B-X, I = I-X, b = B-Y, i = I-Y):
  strings   every tag string of 1 to 4 words -> [strict, default] entities, "X02 Y34" = X over words 0..2, Y over 3..4
  pairs     [gold, predicted, strict, default], a seeded pairing, each score [precision, recall, f1], null = equal to strict
  corpora   [numbers of 26 pairs, strict, default] scored as one corpus: micro, macro, weighted, types
  manyTypes [gold, predicted, strict, default] with 7, 8, 12 and 20 types, where the order of a sum shows in the last
            digit; sentences end with " /"
"""

import argparse
import itertools
import json
import pathlib
import random
import sys
import warnings
from importlib.metadata import version

# This file bears the package's name: keep its folder off the import path.
sys.path = [p for p in sys.path if pathlib.Path(p or ".").resolve() != pathlib.Path(__file__).resolve().parent]

from seqeval.metrics.sequence_labeling import get_entities  # noqa: E402
from seqeval.metrics.sequence_labeling import precision_recall_fscore_support as default_scores  # noqa: E402
from seqeval.metrics.v1 import precision_recall_fscore_support as strict_scores  # noqa: E402
from seqeval.scheme import IOB2, Entities  # noqa: E402

SEQEVAL = "1.2.2"
HERE = pathlib.Path(__file__).parent
LETTERS = {"O": "O", "B": "B-X", "I": "I-X", "b": "B-Y", "i": "I-Y"}


def tags(string):
    return [LETTERS[letter] for letter in string]


def entities(string):
    strict = [(e.tag, e.start, e.end) for e in Entities([tags(string)], IOB2).entities[0]]
    default = [(kind, start, last + 1) for kind, start, last in get_entities(tags(string))]
    return [" ".join(f"{kind}{start}{end}" for kind, start, end in found) for found in (strict, default)]


def both(gold, predicted, average):
    strict = strict_scores(gold, predicted, average=average, scheme=IOB2)
    default = default_scores(gold, predicted, average=average)
    return strict, default


def pair(gold, predicted):
    strict, default = ([float(x) for x in s[:3]] for s in both([tags(gold)], [tags(predicted)], "micro"))
    return [gold, predicted, strict, None if default == strict else default]


def corpus(gold, predicted):
    """[strict, default], each {micro, macro, weighted: [p, r, f1, support], types: {type: [p, r, f1, support]}}."""
    result = [{}, {}]
    for average in ("micro", "macro", "weighted"):
        for target, scores in zip(result, both(gold, predicted, average)):
            target[average] = [float(x) for x in scores[:3]] + [int(scores[3])]
    names = [
        sorted(Entities(gold, IOB2).unique_tags | Entities(predicted, IOB2).unique_tags),
        sorted({e[0] for e in get_entities(gold)} | {e[0] for e in get_entities(predicted)}),
    ]
    for target, types, scores in zip(result, names, both(gold, predicted, None)):
        rows = zip(*(s.tolist() for s in scores))
        target["types"] = dict(zip(types, map(list, rows)))
    return result


def many_types(count, rng):
    """20 sentences of 16 random tags over `count` types, a third of them drawn again for the prediction."""
    choices = ["O"] + [f"{prefix}-T{n:02}" for n in range(count) for prefix in "BI"]
    gold = [[rng.choice(choices) for _ in range(16)] for _ in range(20)]
    predicted = [[rng.choice(choices) if rng.random() < 1 / 3 else tag for tag in sentence] for sentence in gold]
    return gold, predicted


def as_text(sentences):
    return " ".join(" ".join(sentence) + " /" for sentence in sentences)


def small():
    rng = random.Random(20)
    strings = ["".join(s) for n in range(1, 5) for s in itertools.product("OBIbi", repeat=n)]
    assert len(strings) == 780
    pairs = []
    for n in range(1, 5):
        same_length = [s for s in strings if len(s) == n]
        partners = same_length[:]
        rng.shuffle(partners)
        pairs += zip(same_length, partners)
    order = list(range(len(pairs)))
    rng.shuffle(order)
    corpora = []
    for start in range(0, len(order), 26):
        chosen = order[start:start + 26]
        gold, predicted = zip(*(pairs[i] for i in chosen))
        corpora.append([chosen, *corpus([tags(g) for g in gold], [tags(p) for p in predicted])])
    many = [many_types(count, rng) for count in (7, 8, 12, 20)]
    return {
        "seqeval": SEQEVAL,
        "strings": {s: entities(s) for s in strings},
        "pairs": [pair(g, p) for g, p in pairs],
        "corpora": corpora,
        "manyTypes": [[as_text(gold), as_text(predicted), *corpus(gold, predicted)] for gold, predicted in many],
    }


def read_conll(path):
    sentences = [[]]
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line.strip():
            sentences[-1].append(line.split(" ")[-1])
        elif sentences[-1]:
            sentences.append([])
    return sentences if sentences[-1] else sentences[:-1]


def masakhaner(folder):
    """Scores of the published predictions on the sentences that both files split into equally many words."""
    result = {"seqeval": SEQEVAL}
    for language in ("hau", "swa", "yor"):
        gold = read_conll(folder / language / "test.txt")
        predicted = read_conll(folder / language / "baseline_predictions.txt")
        kept = [(g, p) for g, p in zip(gold, predicted) if len(g) == len(p)]
        strict, default = corpus([g for g, _ in kept], [p for _, p in kept])
        result[language] = {"sentences": len(kept), "strict": strict, "default": default}
    return result


if __name__ == "__main__":
    assert version("seqeval") == SEQEVAL, f"expected seqeval {SEQEVAL}, found {version('seqeval')}"
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser()
    parser.add_argument("--masakhaner", type=pathlib.Path)
    folder = parser.parse_args().masakhaner
    name = "seqeval_masakhaner.json" if folder else "seqeval.json"
    data = masakhaner(folder) if folder else small()
    # One line a top-level entry keeps the file compact and its diffs readable.
    body = ",\n".join(f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in data.items())
    (HERE / name).write_text("{\n" + body + "\n}\n")

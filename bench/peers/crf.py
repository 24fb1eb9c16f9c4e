"""A linear-chain CRF of word features (sklearn-crfsuite) as a peer for few sentences.

    python bench/peers/crf.py DRAW --out FOLDER [--c1 0.1] [--c2 0.1]

DRAW holds train.conll, dev.conll and test.conll. FOLDER, which has to be there, receives the last two with the tags that
the CRF gives. Training draws nothing at random.

Features are what tutorials of the library take: lower-cased word, shape, title case and upper case of a window of two
words, the prefix of three and the suffixes of two and three letters of a window of one, and the ends of the sentence.
L-BFGS, at most 100 iterations, all transitions.
"""

import argparse
import pathlib
import re

import sklearn_crfsuite

from conll import read_sentences, write_sentences

WINDOW = 2
AFFIX_WINDOW = 1


def shape(word):
    """`Amina` is Xx, `UN` is X, `2015` is d, `COVID-19` is X-d."""
    for pattern, sign in ((r"[^\W\d_]", lambda found: "X" if found[0].isupper() else "x"), (r"\d", lambda _: "d")):
        word = re.sub(pattern, sign, word)
    return re.sub(r"(.)\1+", r"\1", word)


def features(words, at):
    """The features of one word, by their names."""
    found = {"bias": 1.0}
    for offset in range(-WINDOW, WINDOW + 1):
        place = at + offset
        if not 0 <= place < len(words):
            found[f"{offset}:end"] = True
            continue
        word = words[place]
        found[f"{offset}:lower"] = word.lower()
        found[f"{offset}:shape"] = shape(word)
        found[f"{offset}:title"] = word.istitle()
        found[f"{offset}:upper"] = word.isupper()
        if abs(offset) <= AFFIX_WINDOW:
            found[f"{offset}:prefix3"] = word[:3]
            found[f"{offset}:suffix2"] = word[-2:]
            found[f"{offset}:suffix3"] = word[-3:]
    return found


def sentence_features(words):
    return [features(words, at) for at in range(len(words))]


def main():
    parser = argparse.ArgumentParser(description="Trains a CRF and tags dev and test (see the docstring).")
    parser.add_argument("draw", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--c1", type=float, default=0.1)
    parser.add_argument("--c2", type=float, default=0.1)
    options = parser.parse_args()

    train = read_sentences(options.draw / "train.conll")
    crf = sklearn_crfsuite.CRF(
        algorithm="lbfgs", c1=options.c1, c2=options.c2, max_iterations=100, all_possible_transitions=True,
    )
    crf.fit([sentence_features(words) for words, _ in train], [tags for _, tags in train])
    for part in ("dev", "test"):
        sentences = [words for words, _ in read_sentences(options.draw / f"{part}.conll")]
        tags = crf.predict([sentence_features(words) for words in sentences])
        write_sentences(options.out / f"{part}.conll", zip(sentences, tags))


if __name__ == "__main__":
    main()

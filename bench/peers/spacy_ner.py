"""spaCy's blank pipeline for named entities as a peer for few sentences.

    python bench/peers/spacy_ner.py DRAW --out FOLDER [--seed 1]

DRAW holds train.conll, dev.conll and test.conll. FOLDER, which has to be there, receives the last two with the tags that
spaCy gives, and a folder `spacy` with what it trained.

The pipeline is what `spacy init config --lang xx --pipeline ner --optimize efficiency` says and `spacy train` does with it,
on the CPU: a tok2vec from scratch, the best model on dev kept. It is evaluated on dev every 100 steps in place of 200, and
stopped after 600 steps without a better one in place of 1,600.
"""

import argparse
import pathlib

import spacy
from spacy.cli.init_config import init_config
from spacy.cli.train import train
from spacy.tokens import Doc, DocBin
from spacy.training.iob_utils import biluo_tags_to_spans, biluo_to_iob, doc_to_biluo_tags, iob_to_biluo

from conll import read_sentences, write_sentences


def main():
    parser = argparse.ArgumentParser(description="Trains spaCy and tags dev and test (see the docstring).")
    parser.add_argument("draw", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    vocab = spacy.blank("xx").vocab
    for part in ("train", "dev"):
        docs = DocBin()
        for words, tags in read_sentences(options.draw / f"{part}.conll"):
            doc = Doc(vocab, words=words)
            doc.ents = biluo_tags_to_spans(doc, iob_to_biluo(tags))
            docs.add(doc)
        docs.to_disk(options.out / f"{part}.spacy")
    config = init_config(lang="xx", pipeline=["ner"], optimize="efficiency")
    config.to_disk(options.out / "config.cfg")
    train(options.out / "config.cfg", options.out / "spacy", overrides={
        "paths.train": str(options.out / "train.spacy"),
        "paths.dev": str(options.out / "dev.spacy"),
        "system.seed": options.seed,
        "training.seed": options.seed,
        "training.eval_frequency": 100,
        "training.patience": 600,
    })

    nlp = spacy.load(options.out / "spacy" / "model-best")
    for part in ("dev", "test"):
        sentences = [words for words, _ in read_sentences(options.draw / f"{part}.conll")]
        docs = nlp.pipe(Doc(nlp.vocab, words=words) for words in sentences)
        tags = [biluo_to_iob(doc_to_biluo_tags(doc)) for doc in docs]
        write_sentences(options.out / f"{part}.conll", zip(sentences, tags))


if __name__ == "__main__":
    main()

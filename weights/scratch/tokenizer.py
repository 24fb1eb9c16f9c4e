"""Trains the tokenizer of this folder, for models from random weights, on what corpus/make_text.py wrote to FOLDER.

    pip install tokenizers==0.23.3
    python weights/scratch/tokenizer.py FOLDER

It writes tokenizer.json and tokenizer_config.json and sets vocab_size in config.json. Only FOLDER/train is read, neither
the lines held out nor examples/corpus: a vocabulary that has seen the test names would flatter the scores on them. The
same text gives the same bytes.
"""

import json
import pathlib
import string
import sys
import unicodedata
from importlib.metadata import version

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

VERSION = "0.23.3"
HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent / "corpus"))
import alphabet  # noqa: E402

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
PIECES = 8000
# Swahili counts so many times, so that its words are cut less than those of fifty other languages.
WEIGHTS = {"sw": 4, "names": 2}


def stands_alone(character):
    """Whether BertPreTokenizer makes the character a word of its own, so that it never continues one."""
    return character in string.punctuation or unicodedata.category(character).startswith("P")


def spelled(line, characters):
    """The words of a line that have no other characters, which the trainer would add to the alphabet in any order."""
    return [word for word in unicodedata.normalize("NFC", line).split() if characters.issuperset(word)]


def build(model):
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.NFC(),
        normalizers.BertNormalizer(lowercase=False, strip_accents=False),
    ])
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def train(lines):
    """The vocabulary, ids by piece.

    The trainer numbers the characters inside words in the order of a hash table and breaks ties by these numbers, so
    that each run gives another vocabulary. Given as special tokens they have their numbers from the start. This also
    puts each character into the vocabulary twice, as a beginning and as a continuation; an initial alphabet holds
    beginnings only. The tokenizer that is saved knows them as plain pieces.
    """
    characters = alphabet.characters()
    words = (" ".join(spelled(line, frozenset(characters))) for line in lines)
    continuations = [f"##{character}" for character in characters if not stands_alone(character)]
    trainer = trainers.WordPieceTrainer(
        vocab_size=PIECES,
        special_tokens=SPECIAL + characters + continuations,
        show_progress=False,
    )
    trained = build(models.WordPiece(unk_token="[UNK]"))
    trained.train_from_iterator(words, trainer)
    return trained.get_vocab(with_added_tokens=False)


def read(folder):
    files = sorted(folder.glob("*.txt"))
    if not files:
        raise SystemExit(f"Expected text files in {folder}: run corpus/make_text.py first")
    for file in files:
        lines = file.read_text(encoding="utf-8").splitlines()
        for _ in range(WEIGHTS.get(file.stem, 1)):
            yield from lines


def main():
    if version("tokenizers") != VERSION:
        raise SystemExit(f"Expected tokenizers {VERSION} but found {version('tokenizers')}")
    if len(sys.argv) != 2:
        raise SystemExit("Expected one argument, the folder that corpus/make_text.py wrote to")
    vocabulary = train(read(pathlib.Path(sys.argv[1]) / "train"))

    tokenizer = build(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.add_special_tokens(SPECIAL)
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])],
    )
    write(HERE / "tokenizer.json", json.loads(tokenizer.to_str()))

    config = json.loads((HERE / "config.json").read_text(encoding="utf-8"))
    config["vocab_size"] = len(vocabulary)
    write(HERE / "config.json", config)
    write(HERE / "tokenizer_config.json", {
        # Any other class builds a tokenizer of its own in transformers, without NFC.
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_input_names": ["input_ids", "attention_mask"],
        **{f"{name}_token": f"[{name.upper()}]" for name in ("cls", "sep", "unk", "pad", "mask")},
        "model_max_length": config["max_position_embeddings"],
    })
    print(f"{len(vocabulary)} pieces")


def write(path, value):
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

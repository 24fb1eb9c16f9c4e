"""Writes three tiny tokenizers and the ids that Hugging Face's Rust tokenizers 0.23.3 give for hard words.

    python tests/golden/tokenizer.py [--train] [--checkpoint FOLDER] [--data FOLDER]

Without --train the three files below are read: the trainers break ties at random, so each training gives another one.

tokenizer_wordpiece.json  WordPiece in the manner of BERT, fits tiny-bert (ids below 300, [PAD] is 0)
tokenizer_unigram.json    Unigram in the manner of XLM-RoBERTa with a small character map, fits tiny-xlm-roberta
tokenizer_bpe.json        byte-level BPE in the manner of RoBERTa
tokenizer_ids.json        words, the ids of each word under each tokenizer (a word alone, is_pretokenized=True), and
                          for every file of --data (CoNLL in masakhaner2, lines of words in text) the number of sentences and ids and the SHA-256 over the ids of all
                          sentences (special tokens included, u32 little endian): nothing of their text

The sentences and words below were written for this purpose.
"""

import argparse
import base64
import hashlib
import itertools
import json
import pathlib
import re
import struct
import unicodedata
from importlib.metadata import version

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

VERSION = "0.23.3"
HERE = pathlib.Path(__file__).parent
E5 = "e5-small-trim"

SENTENCES = """
Asha alisafiri kutoka Mombasa hadi Kisumu siku ya Jumatatu .
Ng'ombe wa Baraka walinywa maji mtoni kabla ya jua kuzama .
Mwalimu Zawadi Mutua alifungua maktaba mpya huko Bagamoyo mwaka 2019 .
Watoto wanacheza mpira karibu na soko la Karatina .
Kampuni ya Pwani Fibre ilinunua boti kumi na mbili kwa wavuvi .
Mvua kubwa ilinyesha Dodoma usiku wa kuamkia tarehe 3 Aprili .
Bibi yangu hupika wali wa nazi kila Ijumaa .
Chama cha Wakulima wa Chai kitakutana tena mwezi ujao .
Adéwálé lọ sí ọjà ní Ìbàdàn ní ọjọ́ Àìkú .
Ọmọ náà ń ka ìwé lábẹ́ igi ọsàn .
Ẹgbẹ́ agbábọ́ọ̀lù wa yóò lọ sí Òṣogbo ní ọ̀la .
Mo ra ẹja mẹ́ta àti ẹ̀wà lọ́wọ́ Títílayọ̀ .
Malama Binta ta koma Sakkwato ranar Talata da safe .
'Yan makaranta sun tafi gona tare da ƙanwata .
Ɗan kasuwa ya sayi raƙumi a kasuwar Zariya .
Kɔfi yɛ adwuma wɔ Kumase da biara .
Ŋutsu la yi Lomɛ etsɔ .
The library of Lake View School opens at nine .
A boat with forty bags of maize sank near the old harbour .
Le marché de Douala ferme à midi , dit Élodie .
""".strip().split("\n")

# Letters and marks as escapes where the eye cannot tell two encodings of one text apart.
WORDS = [
    "ng'ombe", "N'Djamena", "Dar-es-Salaam", "3.5", "1,000", "COVID-19", "Ọ̀yọ́", "Ẹ̀bùn",
    "o\u0323\u0301", "o\u0301\u0323", "\u1ecd\u0301", "\u00f3\u0323", "o\u0329\u0300", "ba\u0300ba\u0301", "\u1e44",
    "n\u0301", "m\u0300", "\u1e3f", "a\u0300\u0300", "a\u0300\u200dl", "e\u0331", "O\u0302\u0301", "e\u0341\u0323",
    "\u014a\u014b", "\u0186\u0254\u0190\u025b", "\u0257\u0253\u0199\u01b4", "\u02bcyan", "\u2018yan\u2019",
    "\u12a2\u1275\u12ee\u1335\u12eb", "\u1361", "\u1362", "\u1372", "\u07d2\u07de\u07cf", "\U0001e900\U0001e922",
    "\U0001f1f0\U0001f1ea", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f44d\U0001f3fe", "\u2764\ufe0f",
    "\u200b", "\u200d", "a\u200bb", "a\u200cb", "a\u2060b", "a\ufeffb", "\ufeff", "\u00ad", "so\u00adko", "a\u0085b",
    "\u00a0", "a\u00a0b", "a\u2003b", "\u3000", "\u202fkm", "\u200fabc", "\u2028",
    "\u0627\u0644\u0633\u0644\u0627\u0645", "\u0645\u064f\u062d\u064e\u0645\u064e\u0651\u062f", "\u05e9\u05dc\u05d5\u05dd",
    "\u5317\u4eac", "\U00020000\u4e00", "\U0002b820", "\u6771\u4eac\u30bf\u30ef\u30fc", "\uff21\uff22\uff13", "\u0e01\u0e33",
    "\u0928\u092e\u0938\u094d\u0924\u0947", "\uac00\u1100\u1161",
    "\ufb01di", "\u00bd", "\u00b2", "\u2121", "\u2460", "\u212b", "\u1e9e", "\u0130stanbul", "I\u0307", "\u0131", "\u039f\u03a3",
    "\u03a3\u039f\u03a6\u039f\u03a3", "Stra\u00dfe", "\u01c5", "\u1fb3", "\u0345",
    "...", "\u2026", "\u201cndiyo\u201d", "\u00abnon\u00bb", "\u2013", "--", "$100", "50%", "#habari", "@mtu", "a&b", "a_b",
    "~", "\uff5e", "`a`", "^", "+255", "<br/>", "http://mfano.co.tz/a?b=1", "mtu@mfano.or.ke",
    "[MASK]", "<mask>", "<s>", "[UNK]", "x<mask>y", "[SEP]a", "\u2581", "\u2581a", "a\u2581b", "##a", "\u0120a",
    "\ufffd", "\x00", "a\x00b", "\x07", "\x7f", "\t", "a\tb", "\ue000", "\U000e0041", "\U0010ffff", "\u0378",
    "don't", "we'll", "'s", "I'VE", "A" * 101, "ab" * 60, "\u0301", "\u0301a", " a", "a ", "a b", "a  b",
]

# What the small character map changes, beside the decomposed letters: ligatures, widths, spaces, joiners.
COMPATIBLE = "\ufb01\u00bd\u00b2\u2460\u212b\uff21\uff22\uff13\u2026\u00a0\u2003\u3000\u1e9e"
TO_SPACE = "\t\n\u200b\u200d\u200e\u200f\ufeff\ufffd\u2028"
DROPPED = "\x07\x7f"


def character_map():
    table = {c: unicodedata.normalize("NFKC", c) for c in COMPATIBLE}
    for letter, mark in itertools.product("aeioumnsAEIOUMNS", "\u0300\u0301\u0302\u0304\u0323\u0340\u0341"):
        composed = unicodedata.normalize("NFKC", letter + mark)
        if len(composed) == 1:
            table[letter + mark] = composed
    table |= {c: " " for c in TO_SPACE} | {c: "" for c in DROPPED}
    return base64.b64encode(double_array(table)).decode()


def double_array(table):
    """A SentencePiece character map: size of the trie, the trie as Darts units, replacements that end with a zero."""
    tree, replacements = {}, bytearray()
    for key in sorted(table, key=str.encode):
        node = tree
        for byte in key.encode():
            node = node.setdefault(byte, {})
        node[0] = len(replacements)
        replacements += table[key].encode() + b"\0"
    units, used, waiting = {0: 0}, set(), [(0, tree)]
    while waiting:
        position, node = waiting.pop()
        base = next(b for b in itertools.count(1) if b not in used and not any(b ^ c in units for c in node))
        used.add(base)
        units[position] |= (position ^ base) << 10 | (0x100 if 0 in node else 0)
        for byte, child in node.items():
            units[base ^ byte] = 0x80000000 | child if byte == 0 else byte
            if byte:
                waiting.append((base ^ byte, child))
    size = 256 * (max(units) // 256 + 1)  # a look-up may reach any unit of the last block
    trie = struct.pack(f"<{size}I", *(units.get(i, 0) for i in range(size)))
    return struct.pack("<I", len(trie)) + trie + bytes(replacements)


def word_piece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(SENTENCES, trainers.WordPieceTrainer(vocab_size=300, special_tokens=special, show_progress=False))
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def unigram():
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(base64.b64decode(character_map())), normalizers.Replace(" {2,}", " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=200, special_tokens=special, unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(SENTENCES, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer


def byte_level():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def cased(tokenizer):
    copy = Tokenizer.from_str(tokenizer.to_str())
    copy.normalizer = normalizers.BertNormalizer(lowercase=False)
    return copy


def ids(tokenizer, words=WORDS):
    return [tokenizer.encode([word], is_pretokenized=True, add_special_tokens=False).ids for word in words]


def read_words(path):
    sentences = [[]]
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line.strip():
            sentences[-1].append(line.split(" ")[0])
        elif sentences[-1]:
            sentences.append([])
    return sentences if sentences[-1] else sentences[:-1]


def read_text(path):
    return [re.findall(r"[^ \t]+", line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip(" \t")]


def digest(tokenizer, sentences):
    encoded = [tokenizer.encode(words, is_pretokenized=True).ids for words in sentences]
    flat = list(itertools.chain(*encoded))
    sha256 = hashlib.sha256(struct.pack(f"<{len(flat)}I", *flat)).hexdigest()
    return {"sentences": len(sentences), "ids": len(flat), "sha256": sha256}


def main():
    assert version("tokenizers") == VERSION, f"expected tokenizers {VERSION}, found {version('tokenizers')}"
    parser = argparse.ArgumentParser()
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--checkpoint", type=pathlib.Path)
    parser.add_argument("--data", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.train:
        for name, make in {"wordpiece": word_piece, "unigram": unigram, "bpe": byte_level}.items():
            (HERE / f"tokenizer_{name}.json").write_text(make().to_str() + "\n")
    tiny = {
        name: Tokenizer.from_file(str(HERE / f"tokenizer_{name}.json")) for name in ("wordpiece", "unigram", "bpe")
    }
    result = {"tokenizers": VERSION, "words": WORDS}
    result |= {name: ids(tokenizer) for name, tokenizer in tiny.items()}
    result["wordpieceCased"] = ids(cased(tiny["wordpiece"]))
    if arguments.checkpoint:
        real = Tokenizer.from_file(str(arguments.checkpoint / "tokenizer.json"))
        result[E5] = ids(real)
        if arguments.data:
            labelled = [f for f in arguments.data.glob("masakhaner2/*/*.txt") if f.stem in ("train", "dev", "test")]
            files = {f: read_words(f) for f in sorted(labelled)}
            files |= {f: read_text(f) for f in sorted(arguments.data.glob("text/*.txt"))}
            names = {f: f.relative_to(arguments.data).as_posix() for f in files}
            result["files"] = {names[f]: digest(real, sentences) for f, sentences in files.items()}
    # ASCII: half of these words would be unreadable or invisible, and editors would normalise the rest.
    body = ",\n".join(f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in result.items())
    (HERE / "tokenizer_ids.json").write_text("{\n" + body + "\n}\n")


if __name__ == "__main__":
    main()

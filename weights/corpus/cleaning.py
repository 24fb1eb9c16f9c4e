"""Turns the strings of a program's interface into plain sentences."""

import html
import re
import unicodedata

GAP = "…"  # stands where the program puts a number or a name

FEWEST_WORDS = 3
MOST_WORDS = 80
LEAST_LETTERS = 0.75
# Signs of markup, paths and code that the rules above them left over.
MARKUP = re.compile(r"[{}\[\]<>|\\=_^~#*@]|//|\w\.\w+\.\w|\b\w+\.(com|org|js|css|php|html|xml|txt)\b")
SENTENCE_END = re.compile(r"(?<=[.?!:])[\"”’')]*\s+(?=[\"“‘'(]?[A-ZƁƊƘỊỌỤẸṢŊ])|\n+")
ENGLISH = frozenset(
    "the of and or for this that with your you not from are was has have will can please when which all been be by".split()
)


def sentences(text):
    """The sentences of one string, without markup; none where nothing readable is left."""
    text = unicodedata.normalize("NFC", plain(text))
    for line in SENTENCE_END.split(text):
        line = re.sub(r"\s+", " ", line or "").strip(" -–—·•:;,")
        line = re.sub(rf"{GAP}(\s*[,.]?\s*{GAP})+", GAP, line)
        if is_readable(line):
            yield line


def plain(text):
    """Without HTML, wiki links, plural branches (the last is taken), placeholders and keys of the menu."""
    text = html.unescape(branch(text))
    text = re.sub(r"<[^<>]*>", " ", text)
    text = re.sub(r"\{\{(?:PLURAL|GENDER|GRAMMAR)[^{}|]*\|(?:[^{}]*\|)?([^{}|]*)\}\}", r"\1", text, flags=re.I)
    text = re.sub(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]", r"\1", text)
    text = re.sub(r"\[(?:https?:)?//\S+\s+([^\[\]]*)\]", r"\1", text)
    text = text.replace("'''", "").replace("''", "").replace("...", "…")
    text = re.sub(r"\{\{[^{}]*\}\}|\{[^{}]*\}|\$\{?\w+\}?|%\(\w+\)[sd]|%(?:\d+\$)?[-+0]*\d*\.?\d*l*[sdiufcx@]|%\d", GAP, text)
    text = re.sub(r"(?<!\w)[&_](?=\w)|(?<=\w)[&_](?=\w)", "", text)
    return re.sub(r"\([A-Z]\)|[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", "", text)


def branch(text):
    """A message in ICU's format with the branch `other` in the place of each plural or select."""
    while start := re.search(r"\{\s*\w+\s*,\s*(?:plural|select|selectordinal)\s*,", text):
        end, branches = close(text, start.start()), {}
        position = start.end()
        while opening := re.compile(r"([\w=]+)\s*\{").search(text, position, end):
            position = close(text, opening.end() - 1)
            branches[opening[1]] = text[opening.end() : position - 1]
        other = branches.get("other", "").replace("#", GAP)
        text = text[: start.start()] + other + text[end:]
    return text


def close(text, start):
    """The position after the brace that closes the one at `start`; the end of the text where none does."""
    depth = 0
    for position in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return position + 1
    return len(text)


def is_readable(line):
    words = line.split()
    letters = sum(character.isalpha() or character in " '’" for character in line)
    return (
        FEWEST_WORDS <= len(words) <= MOST_WORDS
        and letters >= LEAST_LETTERS * len(line)
        and words.count(GAP) * 4 <= len(words)
        and max(map(len, words)) <= 32
        and not MARKUP.search(line)
        and all(character < "\u0370" or character > "\u1dff" for character in line if character.isalpha())
    )


def is_english(line):
    """Whether a line that should be in another language was left in English."""
    words = [word.strip(".,!?:;\"'()").lower() for word in line.split()]
    return sum(word in ENGLISH for word in words) * 5 >= len(words)


def key(line):
    """Lines with the same key count as one."""
    return re.sub(r"[\W\d_]+", " ", line.lower()).strip()

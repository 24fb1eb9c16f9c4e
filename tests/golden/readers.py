"""Small files in the formats of tools, and what independent readers find in them.

Writes readers/ and readers.json beside this file:

    sw.spacy    spaCy's DocBin                    read by spaCy
    sw.parquet  a data set of Hugging Face        read by datasets (tags are numbers there)
    sw.jsonl    the same as JSON Lines with names read by datasets
    sw.conllu   CoNLL-U with name= in MISC        read by conllu
    spans.jsonl Prodigy's JSON Lines              read by spaCy (char_span, expanded to words)
"""

import json
import random
from collections import Counter
from pathlib import Path

import conllu
import datasets
import spacy
from spacy.tokens import Doc, DocBin, Span

HERE = Path(__file__).parent
OUT = HERE / "readers"
NAMES = {
    "PERSON": ["Amina Juma", "Rose", "Ng'ang'a wa Thiong'o"],
    "LOC": ["Mwanza", "Dar es Salaam", "Ọ̀yọ́"],
    "ORG": ["UNESCO", "Benki Kuu ya Kenya"],
    "DATE": ["Alhamisi", "1 Mei 2024"],
}
WORDS = ["leo", "alienda", "kwa", "na", "DATE", "I", "kubwa", "🙂", "ƙasa", "10,000"]


def sentences(count: int = 60) -> list[tuple[list[str], list[str]]]:
    draw = random.Random(1)
    made = []
    for _ in range(count):
        words, tags = [], []
        for _ in range(draw.randint(1, 4)):
            for word in draw.sample(WORDS, draw.randint(0, 3)):
                words.append(word)
                tags.append("O")
            kind = draw.choice(list(NAMES))
            name = draw.choice(NAMES[kind]).split()
            words += name
            tags += [f"B-{kind}"] + [f"I-{kind}"] * (len(name) - 1)
        made.append((words + ["."], tags + ["O"]))
    return made


def mentions(tags: list[str]) -> Counter:
    return Counter(tag[2:] for tag in tags if tag[0] == "B")


def counted(rows: list[tuple[list[str], Counter]]) -> dict:
    total = Counter()
    for _, found in rows:
        total += found
    return {
        "sentences": len(rows),
        "words": sum(len(words) for words, _ in rows),
        "mentions": dict(sorted(total.items())),
        "text": " / ".join(" ".join(words) for words, _ in rows[:5]),
    }


def main() -> None:
    OUT.mkdir(exist_ok=True)
    made = sentences()
    golden = {"versions": {m.__name__: m.__version__ for m in (spacy, datasets)}}
    nlp = spacy.blank("xx")

    box = DocBin(attrs=["ORTH", "ENT_IOB", "ENT_TYPE", "SENT_START", "LEMMA"])
    for start in range(0, len(made), 3):
        words, starts, spans = [], [], []
        for sentence, tags in made[start : start + 3]:
            base = len(words)
            words += sentence
            starts += [True] + [False] * (len(sentence) - 1)
            open_at = None
            for i, tag in enumerate(tags + ["O"]):
                if open_at is not None and tag[0] != "I":
                    spans.append((base + open_at, base + i, tags[open_at][2:]))
                    open_at = None
                if tag[0] == "B":
                    open_at = i
        doc = Doc(nlp.vocab, words=words, sent_starts=starts)
        doc.ents = [Span(doc, a, b, label=kind) for a, b, kind in spans]
        box.add(doc)
    box.to_disk(OUT / "sw.spacy")
    read = DocBin().from_disk(OUT / "sw.spacy")
    golden["sw.spacy"] = counted([
        ([t.text for t in sent], Counter(e.label_ for e in sent.ents))
        for doc in read.get_docs(spacy.blank("xx").vocab)
        for sent in doc.sents
    ])

    labels = ["O"] + [f"{p}-{kind}" for kind in sorted(NAMES) for p in "BI"]
    features = datasets.Features({
        "id": datasets.Value("string"),
        "tokens": datasets.List(datasets.Value("string")),
        "ner_tags": datasets.List(datasets.ClassLabel(names=labels)),
    })
    rows = {
        "id": [str(i) for i in range(len(made))],
        "tokens": [words for words, _ in made],
        "ner_tags": [tags for _, tags in made],
    }
    datasets.Dataset.from_dict(rows, features=features).to_parquet(OUT / "sw.parquet")
    with open(OUT / "sw.jsonl", "w", encoding="utf-8") as file:
        for words, tags in made:
            file.write(json.dumps({"tokens": words, "ner_tags": tags}, ensure_ascii=False) + "\n")
    for name in ("sw.parquet", "sw.jsonl"):
        kind = "parquet" if name.endswith("parquet") else "json"
        data = datasets.load_dataset(kind, data_files=str(OUT / name), split="train", cache_dir="/tmp/readers_cache")
        of = data.features["ner_tags"].feature
        named = (lambda tag: of.int2str(tag)) if isinstance(of, datasets.ClassLabel) else (lambda tag: tag)
        golden[name] = counted([
            (row["tokens"], mentions([named(tag) for tag in row["ner_tags"]])) for row in data
        ])

    with open(OUT / "sw.conllu", "w", encoding="utf-8") as file:
        for s, (words, tags) in enumerate(made):
            file.write(f"# sent_id = {s + 1}\n# text = {' '.join(words)}\n")
            if s % 4 == 0:
                file.write(f"1-2\t{words[0]}{words[1]}" + "\t_" * 8 + "\n")
            for i, (word, tag) in enumerate(zip(words, tags)):
                misc = f"SpaceAfter=No|name={tag}" if i % 2 else f"name={tag}|x=1"
                file.write(f"{i + 1}\t{word}\t{word}\tNOUN\t_\t_\t{i}\tdep\t_\t{misc}\n")
            file.write("\n")
    with open(OUT / "sw.conllu", encoding="utf-8") as file:
        parsed = conllu.parse(file.read())
    golden["sw.conllu"] = counted([
        (
            [token["form"] for token in sentence if isinstance(token["id"], int)],
            mentions([token["misc"]["name"] for token in sentence if isinstance(token["id"], int)]),
        )
        for sentence in parsed
    ])

    with open(OUT / "spans.jsonl", "w", encoding="utf-8") as file:
        for words, tags in made:
            text, spans, open_at = "", [], None
            for word, tag in zip(words, tags):
                if tag[0] != "I" and open_at is not None:
                    spans.append({"start": open_at[0], "end": len(text.rstrip()), "label": open_at[1]})
                    open_at = None
                if tag[0] == "B":
                    open_at = (len(text), tag[2:])
                text += word + " "
            file.write(json.dumps({"text": text.rstrip(), "spans": spans}, ensure_ascii=False) + "\n")
    found = []
    for line in open(OUT / "spans.jsonl", encoding="utf-8"):
        record = json.loads(line)
        words = record["text"].split(" ")
        doc = Doc(nlp.vocab, words=words, spaces=[True] * (len(words) - 1) + [False])
        spans = [doc.char_span(s["start"], s["end"], label=s["label"], alignment_mode="expand") for s in record["spans"]]
        found.append((words, Counter(span.label_ for span in spans)))
    golden["spans.jsonl"] = counted(found)

    with open(HERE / "readers.json", "w", encoding="utf-8") as file:
        json.dump(golden, file, ensure_ascii=False, indent=2)
        file.write("\n")


main()

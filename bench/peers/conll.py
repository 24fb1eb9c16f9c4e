"""CoNLL files as Lacuna writes them: a word and its tag a line (a tab between them where words hold spaces)."""


def read_sentences(path):
    """Words and IOB2 tags of each sentence."""
    sentences = []
    for block in path.read_text(encoding="utf-8").rstrip("\n").split("\n\n"):
        pairs = [line.rsplit("\t" if "\t" in line else " ", 1) for line in block.split("\n")]
        sentences.append(([word for word, _ in pairs], [tag for _, tag in pairs]))
    return sentences


def write_sentences(path, sentences):
    """Writes words and tags of each sentence."""
    blocks = ["".join(f"{word}\t{tag}\n" for word, tag in zip(words, tags)) for words, tags in sentences]
    path.write_text("\n".join(blocks), encoding="utf-8")

"""Golden numbers of a real checkpoint (e5-small-trim) with a new tagging head, from PyTorch in float64.

    .venv/bin/python tests/golden/e5.py [CHECKPOINT]

CHECKPOINT is a folder in Hugging Face's layout, ../shared/checkpoints/e5-small-trim of the repository by default.
Writes e5-small-trim.json beside this file: token ids of our own sentences, and norms and projections in place of
tensors. README.md says what is in it.
"""

import pathlib
import sys

import numpy
import tokenizers
import torch
import transformers

from common import (
    IGNORED, global_norm, gradients, hash32, parameters_of, rows_loss, summaries, summary, train, write_json,
)

HERE = pathlib.Path(__file__).parent
CHECKPOINT = HERE.parents[2] / "shared/checkpoints/e5-small-trim"
TAGS = ["B-DATE", "B-LOC", "B-ORG", "B-PER", "I-DATE", "I-LOC", "I-ORG", "I-PER", "O"]
BATCHES = [[0, 1], [2, 3], [4], [5, 0], [1, 2, 3], [4, 5], [0, 2], [3, 4], [1, 5], [0, 1, 2, 3, 4, 5]]
SETTINGS = {
    "learningRate": 1e-4,
    "headMultiplier": 10.0,
    "layerDecay": 1.0,
    "weightDecay": 0.01,
    "beta1": 0.9,
    "beta2": 0.999,
    "epsilon": 1e-8,
    "maxGradientNorm": 1.0,
    "warmupSteps": 3,
}
# Written for this test. A word and its tag are joined by a slash; no slash means O.
SENTENCES = [
    "Asha/B-PER Mwinyi/I-PER alifika Dodoma/B-LOC Jumanne/B-DATE asubuhi/I-DATE akiwa na watoto wawili .",
    "Karibu",
    "The harbour council of Port/B-LOC Amberley/I-LOC meets again on 14/B-DATE March/I-DATE .",
    "Bwana Juma/B-PER hakusema chochote .",
    "Chama/B-ORG cha/I-ORG Wavuvi/I-ORG wa/I-ORG Ziwa/I-ORG Bluu/I-ORG kimesema kuwa samaki wamepungua tangu "
    "mwaka/B-DATE 2019/I-DATE , na kwamba wavuvi wa kijiji cha Mtoni/B-LOC wanalazimika kusafiri hadi Tanga/B-LOC "
    "kutafuta kazi nyingine , huku mwenyekiti wao , Neema/B-PER Kilonzo/I-PER wa/I-PER Sefu/I-PER , akiiomba "
    "serikali iwasaidie kununua nyavu mpya na mashua zenye injini kabla ya msimu wa mvua kuanza .",
    "Ng'ombe wa mzee Otieno/B-PER walipotea karibu na Mto/B-LOC Nyando/I-LOC wiki/B-DATE iliyopita/I-DATE !",
]


def encode(checkpoint):
    """Ids with special tokens; a word's tag stands at its first subword."""
    tokenizer = tokenizers.Tokenizer.from_file(str(checkpoint / "tokenizer.json"))
    sequences = []
    for sentence in SENTENCES:
        words, tags = zip(*((item.rsplit("/", 1) + ["O"])[:2] for item in sentence.split()))
        encoding = tokenizer.encode(list(words), is_pretokenized=True)
        labels, seen = [], set()
        for word in encoding.word_ids:
            first = word is not None and word not in seen
            seen.add(word)
            labels.append(TAGS.index(tags[word]) if first else IGNORED)
        sequences.append({"ids": encoding.ids, "labels": labels})
    return sequences


def build(checkpoint):
    """The checkpoint in float64 without dropout, its head filled by the formula of README.md."""
    model = transformers.BertForTokenClassification.from_pretrained(
        checkpoint, dtype=torch.float32, attn_implementation="eager", num_labels=len(TAGS),
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, classifier_dropout=0.0,
    )
    for stream, parameter in [(100, model.classifier.weight), (101, model.classifier.bias)]:
        hashed = hash32(numpy.arange(parameter.numel(), dtype=numpy.uint64), stream).astype(numpy.float64)
        values = ((hashed / 2**32 - 0.5) * 0.2).astype(numpy.float32)
        parameter.data = torch.from_numpy(values.reshape(parameter.shape))
    return model.double().train()


def main(checkpoint):
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    sequences = encode(checkpoint)

    model = build(checkpoint)
    loss, logits, hidden = rows_loss(model, sequences, "labels")
    loss.backward()
    gradient = gradients(model)
    expected = {
        "generator": f"torch {torch.__version__}, transformers {transformers.__version__}",
        "tags": TAGS,
        "sequences": sequences,
        "hidden": [summary(states) for states in hidden],
        "logits": [row.tolist() for row in logits.detach()],
        "loss": float(loss.detach()),
        "gradientNorm": global_norm(gradient),
        "gradients": summaries(gradient),
        "batches": BATCHES,
    }

    model = build(checkpoint)
    before = {name: parameter.detach().clone() for name, parameter in parameters_of(model).items()}
    shown, after = train(model, sequences, BATCHES, SETTINGS)
    expected["training"] = {
        "settings": SETTINGS,
        **shown,
        "parameters": summaries(after),
        "changes": summaries({name: after[name] - before[name] for name in after}),
    }
    write_json(HERE / "e5-small-trim.json", expected)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else CHECKPOINT)

"""PyTorch + transformers as the peer of our trainer: the same run, step by step, from a dumped run file.

    .venv/bin/python bench/peers/finetune.py RUN.json --out FOLDER [--threads 2] [--max-steps N]

Run file (JSON; relative paths are relative to it):

    {
      "format": "lacuna-run/1",
      "model": "checkpoint",            folder with config.json and model.safetensors (Hugging Face's layout)
      "head": null                      or {"weight": [labels][hidden], "bias": [labels]}: the start of `classifier`;
                                        null takes it from the checkpoint, which must then have it
      "labels": ["B-DATE", ..., "O"],   tag of each label number, IOB2
      "seed": 1,                        seeds PyTorch's dropout
      "dropout": true,                  false: all dropouts are 0; true: as in config.json
      "attention": "eager",             optional: transformers' attn_implementation
      "frozen": [],                     names of parameters that do not learn (transformers' names)
      "optimiser": {
        "learningRate": 1e-4,           of the top layer
        "headLearningRate": 1e-3,       of every parameter outside the encoder
        "layerDecay": 1.0,              layer k of n learns at learningRate * layerDecay^(n - 1 - k), embeddings at ^n
        "weightDecay": 0.01,            decoupled; not on biases and LayerNorm
        "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8,
        "maxGradientNorm": 1.0          global; 0 does not clip
      },
      "steps": [                        in the order of training
        {
          "epoch": 1,                   dev is scored after the last step of each epoch
          "learningRateMultiplier": 0.1,
          "microBatches": [             gradients add up over them; one optimiser step at the end
            {"sequences": [{"ids": [tokens], "labelRows": [rows], "labels": [rows]}]}
          ]
        }
      ],
      "evaluation": null                or {"dev": [sentence...], "test": [sentence...]}, with a sentence
                                        {"tags": [words], "windows": [{"ids": [tokens], "labelRows": [rows],
                                        "firstWord": 0}]}: labelRows[i] is the row of word firstWord + i
    }

A label of -100 is ignored. The loss of a step is the mean over all its labelled rows, over all micro-batches.
Sequences of a micro-batch are padded to the longest. Where windows overlap, a word's logits are their mean.
Decoding "legal" is the path of the largest logit sum on which I-X follows only B-X or I-X.

FOLDER receives log.jsonl (a line a step and an epoch), predictions.txt (`gold legal argmax` a word of test, blank line
between sentences; of the epoch that was best on dev by strict F1, the earlier of equals) and result.json, which is also
the last line of stdout.
"""

import argparse
import json
import pathlib
import re
import sys
import time

import numpy
import torch
import transformers
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

IGNORED = -100
EVALUATION_TOKENS = 2048


def read_run(path, threads):
    """The run file, after PyTorch and transformers are set up."""
    torch.set_num_threads(threads)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    run = json.loads(path.read_text())
    if run.get("format") != "lacuna-run/1":
        sys.exit(f"{path}: expected format lacuna-run/1 but found {run.get('format')}")
    return run


def load_model(run, folder):
    dropouts = {} if run["dropout"] else {
        "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "classifier_dropout": 0.0,
    }
    model, info = transformers.AutoModelForTokenClassification.from_pretrained(
        folder / run["model"], num_labels=len(run["labels"]), dtype=torch.float32,
        attn_implementation=run.get("attention", "eager"), output_loading_info=True, **dropouts,
    )
    if run["head"]:
        with torch.no_grad():
            model.classifier.weight.copy_(torch.tensor(run["head"]["weight"]))
            model.classifier.bias.copy_(torch.tensor(run["head"]["bias"]))
    elif any(name.startswith("classifier.") for name in info["missing_keys"]):
        sys.exit(f"{run['model']} has no classifier.weight and classifier.bias: give a start in the run file's `head`.")
    unknown = set(run["frozen"]) - {name for name, _ in model.named_parameters()}
    if unknown:
        sys.exit(f"Frozen parameters that {run['model']} does not have: {', '.join(sorted(unknown))}")
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name not in run["frozen"])
    return model


def rate(name, layers, settings):
    layer = re.search(r"\.layer\.(\d+)\.", name)
    if layer:
        return settings["learningRate"] * settings["layerDecay"] ** (layers - 1 - int(layer[1]))
    if ".embeddings." in name:
        return settings["learningRate"] * settings["layerDecay"] ** layers
    return settings["headLearningRate"]


def make_optimiser(model, settings, **options):
    """AdamW with one group for each rate and decay; `rate` keeps a group's unscheduled learning rate."""
    groups = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        decays = not (name.endswith("bias") or "LayerNorm" in name or "layer_norm" in name)
        key = rate(name, model.config.num_hidden_layers, settings), settings["weightDecay"] if decays else 0.0
        groups.setdefault(key, []).append(parameter)
    groups = [{"params": group, "rate": at, "weight_decay": decay} for (at, decay), group in groups.items()]
    betas = settings["beta1"], settings["beta2"]
    return torch.optim.AdamW(groups, betas=betas, eps=settings["epsilon"], **options)


def row_logits(model, sequences):
    """Logits of the label rows of all sequences, one below the other, `[rows, labels]`."""
    width = max(len(sequence["ids"]) for sequence in sequences)
    ids = torch.full((len(sequences), width), model.config.pad_token_id)
    mask = torch.zeros((len(sequences), width), dtype=torch.long)
    for i, sequence in enumerate(sequences):
        ids[i, : len(sequence["ids"])] = torch.tensor(sequence["ids"])
        mask[i, : len(sequence["ids"])] = 1
    logits = model(input_ids=ids, attention_mask=mask).logits
    rows = [(i, row) for i, sequence in enumerate(sequences) for row in sequence["labelRows"]]
    return logits[[i for i, _ in rows], [row for _, row in rows]]


def train_step(model, optimiser, step, settings):
    """One optimiser step; returns loss and gradient norm (before clipping)."""
    labelled = sum(
        label != IGNORED for batch in step["microBatches"] for sequence in batch["sequences"] for label in sequence["labels"]
    )
    optimiser.zero_grad()
    total = 0.0
    for batch in step["microBatches"]:
        labels = torch.tensor([label for sequence in batch["sequences"] for label in sequence["labels"]])
        logits = row_logits(model, batch["sequences"])
        loss = torch.nn.functional.cross_entropy(logits, labels, ignore_index=IGNORED, reduction="sum")
        loss = loss / max(labelled, 1)
        loss.backward()
        total += loss.item()
    limit = settings["maxGradientNorm"] or float("inf")
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), limit)
    for group in optimiser.param_groups:
        group["lr"] = group["rate"] * step["learningRateMultiplier"]
    optimiser.step()
    return total, float(norm)


def sentence_logits(model, sentences):
    """Merged logits of each sentence, `[words, labels]`, computed in batches of windows of similar length."""
    windows = [(number, window) for number, sentence in enumerate(sentences) for window in sentence["windows"]]
    windows.sort(key=lambda item: len(item[1]["ids"]))
    sums = [numpy.zeros((len(sentence["tags"]), model.config.num_labels)) for sentence in sentences]
    counts = [numpy.zeros((len(sentence["tags"]), 1)) for sentence in sentences]
    model.eval()
    while windows:
        size = max(1, EVALUATION_TOKENS // len(windows[-1][1]["ids"]))
        batch, windows = windows[-size:], windows[:-size]
        with torch.no_grad():
            logits = row_logits(model, [window for _, window in batch]).double().numpy()
        for number, window in batch:
            rows = len(window["labelRows"])
            words = slice(window["firstWord"], window["firstWord"] + rows)
            sums[number][words] += logits[:rows]
            counts[number][words] += 1
            logits = logits[rows:]
    model.train()
    return [total / numpy.maximum(count, 1) for total, count in zip(sums, counts)]


def legal_path(logits, labels):
    """The label numbers of the largest logit sum over paths that IOB2 allows."""
    inside = [label.startswith("I-") for label in labels]
    allowed = numpy.array([
        [not inside[to] or labels[source][2:] == labels[to][2:] for to in range(len(labels))]
        for source in range(len(labels))
    ])
    penalty = numpy.where(allowed, 0.0, -numpy.inf)
    best = logits[0] + numpy.where(inside, -numpy.inf, 0.0)
    came_from = []
    for row in logits[1:]:
        scores = best[:, None] + penalty
        came_from.append(scores.argmax(axis=0))
        best = scores.max(axis=0) + row
    path = [int(best.argmax())]
    for sources in reversed(came_from):
        path.append(int(sources[path[-1]]))
    return path[::-1]


def scores(gold, predicted):
    """Micro F1, 0-1: `strict` as seqeval's mode strict with IOB2, `lenient` as its default."""
    return {
        "strict": float(f1_score(gold, predicted, mode="strict", scheme=IOB2)),
        "lenient": float(f1_score(gold, predicted)),
    }


def evaluate(model, sentences, labels):
    gold = [sentence["tags"] for sentence in sentences]
    logits = sentence_logits(model, sentences)
    legal = [[labels[i] for i in legal_path(rows, labels)] for rows in logits]
    argmax = [[labels[i] for i in rows.argmax(axis=1)] for rows in logits]
    return {"legal": scores(gold, legal), "argmax": scores(gold, argmax)}, zip(gold, legal, argmax)


def main():
    parser = argparse.ArgumentParser(description="Fine-tunes a tagger from a dumped run file (see the docstring).")
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--max-steps", type=int, help="stop after so many steps, without evaluation")
    options = parser.parse_args()

    run = read_run(options.run, options.threads)
    torch.manual_seed(run["seed"])
    model = load_model(run, options.run.parent).train()
    optimiser = make_optimiser(model, run["optimiser"])
    steps = run["steps"][: options.max_steps]
    evaluation = None if options.max_steps else run["evaluation"]
    options.out.mkdir(parents=True, exist_ok=True)

    best, best_parameters, started, training_seconds = None, None, time.perf_counter(), 0.0
    with open(options.out / "log.jsonl", "w") as log:
        for number, step in enumerate(steps):
            begin = time.perf_counter()
            loss, norm = train_step(model, optimiser, step, run["optimiser"])
            training_seconds += time.perf_counter() - begin
            event = {"type": "step", "step": number + 1, "epoch": step["epoch"], "loss": loss, "gradientNorm": norm}
            print(json.dumps(event), file=log, flush=True)
            ends = number + 1 == len(steps) or steps[number + 1]["epoch"] != step["epoch"]
            if not (ends and evaluation):
                continue
            dev, _ = evaluate(model, evaluation["dev"], run["labels"])
            event = {"type": "evaluation", "step": number + 1, "epoch": step["epoch"], "dev": dev}
            print(json.dumps(event), file=log, flush=True)
            print(json.dumps(event), file=sys.stderr)
            if best is None or dev["legal"]["strict"] > best["dev"]["legal"]["strict"]:
                best = event
                best_parameters = {name: value.clone() for name, value in model.state_dict().items()}

    result = {"steps": len(steps), "lastLoss": loss, "trainingSeconds": round(training_seconds, 2)}
    if evaluation:
        model.load_state_dict(best_parameters)
        test, words = evaluate(model, evaluation["test"], run["labels"])
        text = "\n\n".join("\n".join(" ".join(word) for word in zip(*sentence)) for sentence in words)
        (options.out / "predictions.txt").write_text(text + "\n")
        result.update(bestEpoch=best["epoch"], dev=best["dev"], test=test, f1=test["legal"]["strict"])
    result.update(seconds=round(time.perf_counter() - started, 2), torch=torch.__version__, threads=options.threads)
    (options.out / "result.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result))


if __name__ == "__main__":
    main()

"""Golden numbers of tiny models of every family, from PyTorch and transformers in float64.

    python -m venv .venv && .venv/bin/pip install -r tests/golden/requirements.txt
    .venv/bin/python tests/golden/bert.py

Writes tiny-bert/ and tiny-xlm-roberta/ (Hugging Face layout), tiny-bert.{json,safetensors},
tiny-xlm-roberta.{json,safetensors} and schedules.json beside this file; and for each family that computes as one of
them under other names a folder and NAME.json. README.md says what is in them.
"""

import copy
import json
import pathlib

import numpy
import torch
import transformers
from safetensors.torch import save_file

from common import (
    IGNORED, global_norm, gradients, parameters_of, randomise, rows_loss, summaries, summary, train, write_json,
)

HERE = pathlib.Path(__file__).parent
SEED = 20240607
LENGTHS = [17, 1, 64, 3, 130, 33]
# The 1-token sequence never stands alone: its query and key gradients are exactly zero, and AdamW would turn
# rounding noise into steps of full size.
BATCHES = [[0, 1], [2, 3], [4], [5, 0], [1, 2, 3], [4, 5], [0, 2], [3, 4], [1, 5], [0, 1, 2, 3, 4, 5]]
SETTINGS = {
    "learningRate": 1e-3,
    "headMultiplier": 10.0,
    "layerDecay": 1.0,
    "weightDecay": 0.01,
    "beta1": 0.9,
    "beta2": 0.999,
    "epsilon": 1e-8,
    "maxGradientNorm": 1.0,
    "warmupSteps": 3,
}
NO_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "classifier_dropout": 0.0}
CONFIG_KEYS = [
    "model_type", "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
    "hidden_act", "max_position_embeddings", "type_vocab_size", "pad_token_id", "layer_norm_eps",
    "initializer_range", *NO_DROPOUT, "id2label", "label2id",
]


def tag_set(*types):
    tags = sorted(["O", *(f"{prefix}-{kind}" for prefix in "BI" for kind in types)])
    return {"id2label": dict(enumerate(tags)), "label2id": {tag: i for i, tag in enumerate(tags)}}


BERT = transformers.BertConfig(
    vocab_size=301, hidden_size=96, num_hidden_layers=2, num_attention_heads=3, intermediate_size=200,
    max_position_embeddings=160, type_vocab_size=2, pad_token_id=0, hidden_act="gelu",
    **tag_set("DATE", "LOC", "ORG"), layer_norm_eps=1e-12, **NO_DROPOUT,
)
XLM_ROBERTA = transformers.XLMRobertaConfig(
    vocab_size=211, hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=84,
    max_position_embeddings=162, type_vocab_size=1, pad_token_id=1, bos_token_id=0, eos_token_id=2,
    hidden_act="gelu", **tag_set("DATE", "LOC", "ORG", "PER"), layer_norm_eps=1e-5, **NO_DROPOUT,
)


# Families that compute as BERT or RoBERTa do: name, classes, and how they differ.
SISTERS = {
    "tiny-camembert": (transformers.CamembertConfig, transformers.CamembertForTokenClassification,
                       transformers.CamembertForMaskedLM, {"pad_token_id": 1, "type_vocab_size": 1}),
    "tiny-data2vec-text": (transformers.Data2VecTextConfig, transformers.Data2VecTextForTokenClassification,
                           transformers.Data2VecTextForMaskedLM, {"pad_token_id": 1, "type_vocab_size": 1}),
    "tiny-ernie": (transformers.ErnieConfig, transformers.ErnieForTokenClassification,
                   transformers.ErnieForMaskedLM, {"pad_token_id": 0, "type_vocab_size": 2, "hidden_act": "relu"}),
    "tiny-ernie-tasks": (transformers.ErnieConfig, transformers.ErnieForTokenClassification,
                         transformers.ErnieForMaskedLM, {"pad_token_id": 0, "type_vocab_size": 2,
                                                         "use_task_id": True, "task_type_vocab_size": 3}),
}


def random_sequences(config, seed):
    """Sequences of random ids; about half of the rows carry a tag, a sixth a token to predict, the 4th none at all."""
    random = numpy.random.default_rng(seed)
    sequences = []
    for number, length in enumerate(LENGTHS):
        tags = random.integers(0, config.num_labels, length)
        tokens = random.integers(5, config.vocab_size, length)
        tagged = random.random(length) < 0.5 if length > 1 else numpy.ones(1, bool)
        masked = random.random(length) < 1 / 6
        if number == 3:
            tagged[:] = masked[:] = False
        sequences.append({
            "ids": random.integers(5, config.vocab_size, length).tolist(),
            "labels": numpy.where(tagged, tags, IGNORED).tolist(),
            "maskedLabels": numpy.where(masked, tokens, IGNORED).tolist(),
        })
    return sequences


def build(model_class, config):
    """A model of random parameters in float64, ready to train (all dropouts are 0)."""
    config = copy.deepcopy(config)
    config._attn_implementation = "eager"
    model = model_class(config)
    randomise(model, SEED)
    model.tie_weights()
    return model.double().train()


def run(model, sequences, labels_of="labels"):
    loss, logits, hidden = rows_loss(model, sequences, labels_of)
    loss.backward()
    return loss, logits, hidden, gradients(model)


def save(path, tensors):
    save_file({name: tensor.detach().float().contiguous() for name, tensor in tensors.items()}, path, {"format": "pt"})
    path.chmod(0o644)


def differences(after, before):
    return {name: after[name] - before[name] for name in after}


def training(model_class, config, sequences, settings):
    """Ten steps: the run, and the last parameters with their summaries of value and of change."""
    model = build(model_class, config)
    before = {name: parameter.detach().clone() for name, parameter in parameters_of(model).items()}
    shown, after = train(model, sequences, BATCHES, settings)
    return {
        "settings": settings,
        **shown,
        "parameters": summaries(after),
        "changes": summaries(differences(after, before)),
    }, after


def masked_lm(model_class, config, sequences):
    model = build(model_class, config)
    loss, logits, _, gradient = run(model, sequences, "maskedLabels")
    rows = torch.tensor([label != IGNORED for sequence in sequences for label in sequence["maskedLabels"]])
    return {
        "loss": float(loss.detach()),
        "rows": int(rows.sum()),
        "logits": summary(logits[rows]),
        "gradientNorm": global_norm(gradient),
        "gradients": summaries(gradient),
    }, model


def save_checkpoint(folder, config, tagger, language_model, architecture):
    """One file with encoder, tagging head and masked-LM head, so that both models load from it."""
    folder.mkdir(exist_ok=True)
    parameters = {**parameters_of(language_model), **parameters_of(tagger)}
    save(folder / "model.safetensors", parameters)
    settings = config.to_dict()
    keys = CONFIG_KEYS + [key for key in ["use_task_id", "task_type_vocab_size"] if settings.get("use_task_id")]
    settings = {"architectures": [architecture], **{key: settings[key] for key in keys}}
    (folder / "config.json").write_text(json.dumps(settings, indent=2) + "\n")


def family(name, config, tagger_class, language_model_class, variants):
    sequences = random_sequences(config, SEED)
    tagger = build(tagger_class, config)
    loss, logits, hidden, gradient = run(tagger, sequences)
    language, language_model = masked_lm(language_model_class, config, sequences)
    trained, after = training(tagger_class, config, sequences, SETTINGS)
    decayed, _ = training(tagger_class, config, sequences, {**SETTINGS, "layerDecay": 0.9})

    expected = {
        "generator": f"torch {torch.__version__}, transformers {transformers.__version__}",
        "sequences": sequences,
        "tokenClassification": {
            "loss": float(loss.detach()),
            "gradientNorm": global_norm(gradient),
            "gradients": summaries(gradient),
        },
        "maskedLm": language,
        "batches": BATCHES,
        "training": trained,
        "trainingWithLayerDecay": decayed,
    }
    for activation in variants:
        changed = copy.deepcopy(config)
        changed.hidden_act = activation
        loss, other_logits, _, other = run(build(tagger_class, changed), sequences)
        expected[activation] = {
            "loss": float(loss.detach()),
            "logits": summary(other_logits),
            "gradientNorm": global_norm(other),
            "gradients": summaries(other),
        }

    tensors = {"logits": logits, **{f"hidden.{i}": states for i, states in enumerate(hidden)}}
    if variants:  # The larger family keeps whole tensors; summaries are enough for its sister.
        tensors.update({f"gradient.{key}": value for key, value in gradient.items()})
        tensors.update({f"after10.{key}": value for key, value in after.items()})
    save_checkpoint(HERE / name, config, build(tagger_class, config), language_model, tagger_class.__name__)
    save(HERE / f"{name}.safetensors", tensors)
    write_json(HERE / f"{name}.json", expected)
    return expected


def sister(name, config_class, tagger_class, language_model_class, changes):
    """A family under other names: outputs and gradients of both heads, as summaries."""
    config = config_class(**{
        "vocab_size": 71, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3,
        "intermediate_size": 40, "max_position_embeddings": 140, "hidden_act": "gelu", **tag_set("LOC", "PER"),
        "layer_norm_eps": 1e-5, **NO_DROPOUT, **changes,
    })
    sequences = random_sequences(config, SEED)
    tagger = build(tagger_class, config)
    loss, logits, _, gradient = run(tagger, sequences)
    language, language_model = masked_lm(language_model_class, config, sequences)
    save_checkpoint(HERE / name, config, build(tagger_class, config), language_model, tagger_class.__name__)
    write_json(HERE / f"{name}.json", {
        "generator": f"torch {torch.__version__}, transformers {transformers.__version__}",
        "sequences": sequences,
        "tokenClassification": {
            "loss": float(loss.detach()),
            "logits": summary(logits),
            "gradientNorm": global_norm(gradient),
            "gradients": summaries(gradient),
        },
        "maskedLm": language,
    })


def schedules():
    """Multipliers of the learning rate, step by step, as the schedulers of transformers give them."""
    parameter = torch.nn.Parameter(torch.zeros(1))
    makers = {
        "linear": transformers.get_linear_schedule_with_warmup,
        "cosine": transformers.get_cosine_schedule_with_warmup,
        "constant": transformers.get_constant_schedule_with_warmup,
    }
    cases = []
    for kind, make in makers.items():
        for warmup, total in [(3, 10), (0, 7), (5, 5)]:
            arguments = [warmup] if kind == "constant" else [warmup, total]
            multiplier = make(torch.optim.AdamW([parameter]), *arguments).lr_lambdas[0]
            cases.append({
                "kind": kind, "warmupSteps": warmup, "totalSteps": total,
                "multipliers": [float(multiplier(step)) for step in range(total)],
            })
    return cases


if __name__ == "__main__":
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    family("tiny-bert", BERT, transformers.BertForTokenClassification, transformers.BertForMaskedLM,
           ["gelu_new", "relu"])
    family("tiny-xlm-roberta", XLM_ROBERTA, transformers.XLMRobertaForTokenClassification,
           transformers.XLMRobertaForMaskedLM, [])
    for name, parts in SISTERS.items():
        sister(name, *parts)
    write_json(HERE / "schedules.json", schedules())

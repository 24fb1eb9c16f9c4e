"""Golden numbers of tiny models of families that do not compute as BERT does, from PyTorch and transformers in float64.

    .venv/bin/python tests/golden/families.py [NAME ...]

Writes for each a folder in Hugging Face's layout and NAME.json beside this file, all or those named; README.md says what
is in them. Sizes are odd, and all parameters random.
"""

import json
import sys

import torch
import transformers

from bert import BATCHES, HERE, NO_DROPOUT, SEED, SETTINGS, build, masked_lm, random_sequences, run, tag_set, training
from bert import save
from common import global_norm, parameters_of, summaries, summary, write_json

TAGS = tag_set("LOC", "PER")
MODERN_IDS = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "cls_token_id": 1, "sep_token_id": 2}
RELATIVE = {"relative_attention": True, "pos_att_type": "p2c|c2p", "share_att_key": True, "norm_rel_ebd": "layer_norm",
            "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
# Name: config, tagger, masked LM, and the fields that make it tiny.
FAMILIES = {
    "tiny-distilbert": (
        transformers.DistilBertConfig, transformers.DistilBertForTokenClassification,
        transformers.DistilBertForMaskedLM,
        {"vocab_size": 73, "dim": 30, "n_layers": 3, "n_heads": 5, "hidden_dim": 44, "max_position_embeddings": 133,
         "activation": "relu", "dropout": 0.0, "attention_dropout": 0.0, "seq_classif_dropout": 0.0},
    ),
    "tiny-electra": (
        transformers.ElectraConfig, transformers.ElectraForTokenClassification, transformers.ElectraForMaskedLM,
        {"vocab_size": 71, "embedding_size": 20, "hidden_size": 36, "num_hidden_layers": 2, "num_attention_heads": 3,
         "intermediate_size": 52, "max_position_embeddings": 131, "hidden_act": "gelu", "layer_norm_eps": 1e-5,
         **NO_DROPOUT},
    ),
    "tiny-modernbert": (
        transformers.ModernBertConfig, transformers.ModernBertForTokenClassification,
        transformers.ModernBertForMaskedLM,
        {"vocab_size": 75, "hidden_size": 36, "num_hidden_layers": 4, "num_attention_heads": 3,
         "intermediate_size": 28, "max_position_embeddings": 190, "local_attention": 22, **MODERN_IDS},
    ),
    "tiny-modernbert-biases": (
        transformers.ModernBertConfig, transformers.ModernBertForTokenClassification,
        transformers.ModernBertForMaskedLM,
        {"vocab_size": 75, "hidden_size": 48, "num_hidden_layers": 3, "num_attention_heads": 3,
         "intermediate_size": 25, "max_position_embeddings": 190, "local_attention": 9, "norm_bias": True,
         "attention_bias": True, "mlp_bias": True, "classifier_bias": True, "classifier_activation": "relu",
         "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
         "rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 500.0},
                             "sliding_attention": {"rope_type": "default", "rope_theta": 70.0}}, **MODERN_IDS},
    ),
    "tiny-deberta-v2": (
        transformers.DebertaV2Config, transformers.DebertaV2ForTokenClassification,
        transformers.DebertaV2ForMaskedLM,
        {"vocab_size": 77, "hidden_size": 36, "num_hidden_layers": 3, "num_attention_heads": 3,
         "intermediate_size": 44, "max_position_embeddings": 132, "position_biased_input": False,
         "position_buckets": 20, "layer_norm_eps": 1e-7, **RELATIVE},
    ),
    "tiny-deberta-v2-plain": (
        transformers.DebertaV2Config, transformers.DebertaV2ForTokenClassification,
        transformers.DebertaV2ForMaskedLM,
        {"vocab_size": 77, "hidden_size": 40, "num_hidden_layers": 2, "num_attention_heads": 5,
         "intermediate_size": 28, "max_position_embeddings": 131, "type_vocab_size": 2, "hidden_act": "gelu_new",
         "max_relative_positions": 33, **RELATIVE, "norm_rel_ebd": "none", "pos_att_type": ["c2p", "p2c"]},
    ),
}


def save_checkpoint(folder, config, tagger, language_model):
    """One file with encoder, tagging head and masked-LM head, so that both models load from it."""
    folder.mkdir(exist_ok=True)
    save(folder / "model.safetensors", {**parameters_of(language_model), **parameters_of(tagger)})
    settings = {**json.loads(config.to_json_string()), "architectures": [type(tagger).__name__]}
    (folder / "config.json").write_text(json.dumps(settings, indent=2) + "\n")


def family(name, config_class, tagger_class, language_model_class, changes):
    config = config_class(**{**changes, **TAGS})
    sequences = random_sequences(config, SEED)
    tagger = build(tagger_class, config)
    loss, logits, hidden, gradient = run(tagger, sequences)
    language, language_model = masked_lm(language_model_class, config, sequences)
    trained, _ = training(tagger_class, config, sequences, SETTINGS)
    save_checkpoint(HERE / name, config, build(tagger_class, config), language_model)
    write_json(HERE / f"{name}.json", {
        "generator": f"torch {torch.__version__}, transformers {transformers.__version__}",
        "sequences": sequences,
        "hidden": [summary(states) for states in hidden],
        "tokenClassification": {
            "loss": float(loss.detach()),
            "logits": summary(logits),
            "gradientNorm": global_norm(gradient),
            "gradients": summaries(gradient),
        },
        "maskedLm": language,
        "batches": BATCHES,
        "training": trained,
    })


if __name__ == "__main__":
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    for name in sys.argv[1:] or FAMILIES:
        family(name, *FAMILIES[name])

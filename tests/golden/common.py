"""What the golden scripts share: random parameters, projections, optimiser groups and ten training steps.

Everything is computed in float64. README.md explains the formulas a reader needs to reproduce a number.
"""

import json
import re
import zlib

import numpy
import torch
from transformers import get_linear_schedule_with_warmup

PROJECTIONS = 8
IGNORED = -100


def hash32(indices, j):
    """The 32-bit hash of README.md for element numbers `indices` (uint64 array) and stream `j`."""
    mask = numpy.uint64(0xFFFFFFFF)
    h = (indices * numpy.uint64(2654435761) + numpy.uint64((j + 1) * 40503)) & mask
    h ^= h >> numpy.uint64(15)
    h = (h * numpy.uint64(2246822519)) & mask
    return h ^ (h >> numpy.uint64(13))


def summary(tensor):
    """The norm of a tensor and its eight sign projections, which together stand for the whole tensor."""
    values = tensor.detach().double().reshape(-1).numpy()
    indices = numpy.arange(values.size, dtype=numpy.uint64)
    projections = []
    for j in range(PROJECTIONS):
        signs = 1.0 - 2.0 * (hash32(indices, j) & numpy.uint64(1)).astype(numpy.float64)
        projections.append(float(values @ signs / numpy.sqrt(values.size)))
    return {"norm": float(numpy.linalg.norm(values)), "projections": projections}


def summaries(tensors):
    return {name: summary(tensor) for name, tensor in tensors.items()}


def is_layer_norm(name):
    return re.search(r"LayerNorm|layer_norm|norm\.weight$", name) is not None


# What is tied to the word embeddings or to the bias of the head, by its last names.
TIED = (".decoder.weight", ".decoder.bias", "vocab_projector.weight", "generator_lm_head.weight")
# The same where a name says all of it.
TIED_NAMES = {"decoder.weight"}


def parameters_of(model):
    """Parameters by name; a tied decoder goes by the names of what it is tied to."""
    return {
        name: parameter
        for name, parameter in model.named_parameters(remove_duplicate=False)
        if not name.endswith(TIED) and name not in TIED_NAMES
    }


def randomise(model, seed):
    """Gives every parameter random float32 values, biases and LayerNorm included.

    The usual zeros and ones hide a missing term. Each parameter has its own generator, keyed by seed and name, so
    that models which share a name share its values.
    """
    for name, parameter in parameters_of(model).items():
        random = numpy.random.default_rng([seed, zlib.crc32(name.encode())])
        shape = tuple(parameter.shape)
        if is_layer_norm(name) and name.endswith("weight"):
            values = random.uniform(0.7, 1.3, shape)
        elif name.endswith("bias"):
            values = random.uniform(-0.2, 0.2, shape)
        elif "embeddings." in name:
            values = random.normal(0.0, 0.5, shape)
        else:
            values = random.normal(0.0, 0.1, shape)
        parameter.data = torch.from_numpy(values.astype(numpy.float32))


def rows_loss(model, sequences, labels_of):
    """Runs the model on one unpadded sequence at a time; the loss is the mean over all labelled rows together.

    Returns loss, logits `[tokens, labels]` and hidden states, each `[tokens, hidden]`, packed in sequence order.
    """
    logits, hidden, labels = [], [], []
    for sequence in sequences:
        output = model(input_ids=torch.tensor([sequence["ids"]]), output_hidden_states=True)
        logits.append(output.logits[0])
        hidden.append(torch.stack(output.hidden_states)[:, 0])
        labels.append(torch.tensor(sequence[labels_of]))
    logits, labels = torch.cat(logits), torch.cat(labels)
    loss = torch.nn.functional.cross_entropy(logits, labels, ignore_index=IGNORED)
    return loss, logits, list(torch.cat(hidden, dim=1))


def gradients(model):
    return {
        name: torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        for name, parameter in parameters_of(model).items()
    }


def global_norm(tensors):
    return float(torch.sqrt(sum((tensor.double() ** 2).sum() for tensor in tensors.values())))


def rate_factor(name, layers, settings):
    """Learning rate of a parameter over the base rate: the head has its own, a layer decays with its depth."""
    layer = re.search(r"\.layers?\.(\d+)\.", name)
    if layer:
        return settings["layerDecay"] ** (layers - 1 - int(layer[1]))
    if "embeddings" in name or ".encoder.LayerNorm." in name:  # The latter is the norm of relative embeddings.
        return settings["layerDecay"] ** layers
    if "final_norm" in name:  # Part of the last layer.
        return 1.0
    return settings["headMultiplier"]


def optimiser_groups(model, settings):
    """One AdamW group a parameter; biases and LayerNorm do not decay."""
    groups = []
    for name, parameter in parameters_of(model).items():
        decays = not (name.endswith("bias") or is_layer_norm(name))
        groups.append({
            "params": [parameter],
            "lr": settings["learningRate"] * rate_factor(name, model.config.num_hidden_layers, settings),
            "weight_decay": settings["weightDecay"] if decays else 0.0,
        })
    return groups


def train(model, sequences, batches, settings):
    """Ten AdamW steps with linear warm-up and decay; `batches[step]` lists sequence numbers.

    Returns what a run shows (losses, gradient norms before clipping) and the parameters after the last step.
    """
    optimiser = torch.optim.AdamW(
        optimiser_groups(model, settings),
        betas=(settings["beta1"], settings["beta2"]),
        eps=settings["epsilon"],
    )
    schedule = get_linear_schedule_with_warmup(optimiser, settings["warmupSteps"], len(batches))
    losses, norms, multipliers = [], [], []
    for batch in batches:
        optimiser.zero_grad(set_to_none=False)
        loss, _, _ = rows_loss(model, [sequences[i] for i in batch], "labels")
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), settings["maxGradientNorm"])
        multipliers.append(schedule.lr_lambdas[0](schedule.last_epoch))
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()))
        norms.append(float(norm))
    return {"losses": losses, "gradientNorms": norms, "multipliers": multipliers}, parameters_of(model)


def write_json(path, value):
    """JSON whose innermost lists stand on one line each, so that a diff can be read."""
    text = json.dumps(value, indent=1)
    inner = re.compile(r"\[\s*([^\[\]{}]*?)\s*\]")
    path.write_text(inner.sub(lambda found: "[" + re.sub(r"\s*\n\s*", " ", found[1]) + "]", text) + "\n")

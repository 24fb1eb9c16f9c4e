"""Speed and peak memory of PyTorch + transformers, training or predicting the steps of a run file (see finetune.py).

    .venv/bin/python bench/peers/training.py train|predict RUN.json [--threads 2] [--warmup 2] [--attention sdpa]

All steps are timed, after the first few were run once to warm up. Sequences are padded to the longest of their step.
Tokens are real ones; padding counts as nothing. AdamW is the fused one and attention PyTorch's own, the faster choices.
The last line of stdout is a JSON object; `calibration` is torch.mm of 512 x 768 x 768 on these threads, in GFLOP/s.
"""

import argparse
import json
import pathlib
import re
import time

import torch
from finetune import load_model, make_optimiser, read_run, row_logits, train_step


def calibrate():
    a, b = torch.randn(512, 768), torch.randn(768, 768)
    speeds = []
    for _ in range(5):
        begin = time.perf_counter()
        for _ in range(20):
            torch.mm(a, b)
        speeds.append(20 * 2 * 512 * 768 * 768 / (time.perf_counter() - begin) / 1e9)
    return sorted(speeds)[2]


def peak_bytes():
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) * 1024


def train(model, run, options):
    optimiser = make_optimiser(model.train(), run["optimiser"], fused=True)
    last = None

    def step(number):
        nonlocal last
        last, _ = train_step(model, optimiser, run["steps"][number], run["optimiser"])

    seconds = timed(step, len(run["steps"]), options.warmup)
    return {"seconds": seconds, "loss": last}


def predict(model, run, options):
    model.eval()

    def step(number):
        with torch.inference_mode():
            sequences = run["steps"][number]["microBatches"][0]["sequences"]
            row_logits(model, sequences).argmax(dim=1).tolist()

    return {"seconds": timed(step, len(run["steps"]), options.warmup)}


def timed(step, steps, warmup):
    """Seconds of all steps, after the first ones were run once."""
    for number in range(warmup):
        step(number)
    begin = time.perf_counter()
    for number in range(steps):
        step(number)
    return time.perf_counter() - begin


def main():
    parser = argparse.ArgumentParser(description="Times a run file (see the docstring).")
    parser.add_argument("work", choices=["train", "predict"])
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--warmup", type=int, default=2)
    parser.add_argument("--attention", choices=["sdpa", "eager"], default="sdpa")
    options = parser.parse_args()

    run = read_run(options.run, options.threads) | {"attention": options.attention}
    torch.manual_seed(run["seed"])
    calibration = calibrate()
    model = load_model(run, options.run.parent)
    result = (train if options.work == "train" else predict)(model, run, options)
    batches = [batch["sequences"] for step in run["steps"] for batch in step["microBatches"]]
    tokens = sum(len(sequence["ids"]) for batch in batches for sequence in batch)
    padded = sum(len(batch) * max(len(sequence["ids"]) for sequence in batch) for batch in batches)
    print(json.dumps({
        "device": f"PyTorch {torch.__version__}", "steps": len(run["steps"]), "tokens": tokens,
        "padding": 1 - tokens / padded, **result, "peakBytes": peak_bytes(), "calibration": calibration,
    }))


if __name__ == "__main__":
    main()

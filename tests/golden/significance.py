"""Writes significance.json: what scipy makes of paired differences and of paired counts, for tests/evaluation.

    python tests/golden/significance.py

  signFlip   [differences, p]: scipy.stats.permutation_test, permutation_type="samples", two-sided, all 2^n
  bootstrap  counts of one pair of runs, and scipy.stats.bootstrap (paired, percentile, 95 %, 100,000 resamples) of the
             difference in F1
  crossed    two data sets x three seeds x two sizes, and the same interval by the rule of src/evaluation/paired_bootstrap.ts
             written a second time in NumPy
  t          [degrees of freedom, quantile at 0.975, quantile at 0.8]
"""

import json
import pathlib
from importlib.metadata import version

import numpy as np
from scipy import stats

SCIPY = "1.17.1"
assert version("scipy") == SCIPY, f"expected scipy {SCIPY}, found {version('scipy')}"
rng = np.random.default_rng(6)


def sign_flip(differences):
    x = np.array(differences)
    result = stats.permutation_test(
        (x, np.zeros_like(x)), lambda a, b, axis: np.mean(a - b, axis=axis), permutation_type="samples",
        vectorized=True, n_resamples=np.inf, alternative="two-sided")
    return [list(differences), float(result.pvalue)]


def counts(gold, share):
    correct = rng.binomial(gold, share)
    return {"gold": gold.tolist(), "predicted": (correct + rng.binomial(2, 0.2, len(gold))).tolist(),
            "correct": correct.tolist()}


def f1(run, index):
    g, p, c = (np.array(run[k])[index].sum(axis=-1) for k in ("gold", "predicted", "correct"))
    return 2 * c / (g + p)


def bootstrap():
    gold = rng.poisson(2, 120)
    treatment, control = counts(gold, 0.75), counts(gold, 0.68)
    def statistic(index, axis=-1):
        index = index.astype(int)
        return f1(treatment, index) - f1(control, index)
    result = stats.bootstrap((np.arange(120),), statistic, n_resamples=100_000, method="percentile", batch=5000,
                             vectorized=True, rng=rng)
    low, high = result.confidence_interval
    return {"treatment": treatment, "control": control, "difference": float(statistic(np.arange(120))),
            "low": float(low), "high": float(high), "standardError": float(result.standard_error)}


def crossed():
    seeds = []
    for dataset, sentences in (("a", 80), ("b", 60)):
        gold = rng.poisson(2, sentences)
        for _ in range(3):
            share = rng.normal(0.03, 0.03)
            seeds.append({"dataset": dataset, "pairs": [
                {"treatment": counts(gold, 0.7 + share), "control": counts(gold, 0.7)} for _ in range(2)]})
    values = []
    for _ in range(20_000):
        total = 0
        for dataset, sentences in (("a", 80), ("b", 60)):
            own = [s for s in seeds if s["dataset"] == dataset]
            index = rng.integers(0, sentences, sentences)
            drawn = [own[i] for i in rng.integers(0, 3, 2)]
            total += np.mean([f1(p["treatment"], index) - f1(p["control"], index) for s in drawn for p in s["pairs"]])
        values.append(total / 2)
    low, high = np.quantile(values, [0.025, 0.975])
    return {"seeds": seeds, "low": float(low), "high": float(high), "standardError": float(np.std(values))}


data = {
    "scipy": SCIPY,
    "signFlip": [
        sign_flip([0.1, 0.2, -0.3]), sign_flip([0.0, 0.02, 0.01, 0.03]), sign_flip([1.0] * 6),
        *(sign_flip(rng.normal(0.02, 0.04, n).round(4).tolist()) for n in (5, 9, 12, 15)),
    ],
    "bootstrap": bootstrap(),
    "crossed": crossed(),
    "t": [[n, float(stats.t.ppf(0.975, n)), float(stats.t.ppf(0.8, n))] for n in (5, 6, 8, 14, 29, 44)],
}
body = ",\n".join(f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in data.items())
(pathlib.Path(__file__).parent / "significance.json").write_text("{\n" + body + "\n}\n")

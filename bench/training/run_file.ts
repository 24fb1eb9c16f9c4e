import { tokenClassification } from "../../src/nn/heads/token_classification.ts";
import { relative, resolve } from "@std/path";
import { readConfig } from "../../src/model/config.ts";
import { DenoStore } from "../../src/cli/files/deno_store.ts";
import { openModel } from "../../src/model/open.ts";
import type { TrainingSettings } from "../../src/training/settings.ts";
import { openBenchDevice } from "../measure/device.ts";

/** What a peer is told of one sequence. */
export interface RunSequence {
  readonly ids: readonly number[];
  readonly labelRows: readonly number[];
  readonly labels: readonly number[];
}

/** One step of the optimiser. */
export interface RunStep {
  readonly epoch: number;
  readonly learningRateMultiplier: number;
  readonly microBatches: readonly { readonly sequences: readonly RunSequence[] }[];
}

/** A run without its steps. */
export interface RunDescription {
  /** Folder of the checkpoint. */
  readonly model: string;
  /** Folder of the run file. */
  readonly folder: string;
  readonly labels: readonly string[];
  readonly settings: TrainingSettings;
}

/**
 * The part of a run file for the peers that tells what is trained and how; the docstring of bench/peers/finetune.py
 * defines it. The head has the values that our model begins with at this seed.
 */
export async function runHeader({ model: dir, folder, labels, settings }: RunDescription) {
  const store = new DenoStore(dir);
  const config = await readConfig(store, "");
  const { device } = await openBenchDevice({ device: "cpu" });
  const { model } = await openModel(device, store, {
    dir: "",
    config,
    seed: settings.seed,
    tagging: tokenClassification.of(labels),
  });
  const weight = [...await model.parameters.read("classifier.weight")];
  const bias = [...await model.parameters.read("classifier.bias")];
  device.destroy();
  const { hiddenSize } = config;
  return {
    format: "lacuna-run/1",
    model: relative(folder, resolve(dir)),
    head: { weight: labels.map((_, i) => weight.slice(i * hiddenSize, (i + 1) * hiddenSize)), bias },
    labels,
    seed: settings.seed,
    dropout: settings.dropout,
    frozen: [],
    optimiser: {
      learningRate: settings.learningRate,
      headLearningRate: settings.headLearningRate,
      layerDecay: settings.layerDecay,
      weightDecay: settings.weightDecay,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      maxGradientNorm: settings.maxGradientNorm,
    },
  };
}

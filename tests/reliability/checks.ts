/** What holds of a run's folder and of what a run says, whatever went wrong. */

import { assert, assertEquals } from "@std/assert";
import { readTrainingState } from "../../src/checkpoint/training_state.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { LacunaError } from "../../src/errors.ts";
import { openTagger } from "../../src/inference/tagger.ts";
import { readConfig } from "../../src/model/config.ts";
import { openModel } from "../../src/model/open.ts";
import { openTokenizer } from "../../src/model/tokenizer_files.ts";
import type { Store } from "../../src/store/store.ts";
import { LONGEST_MESSAGE } from "./fuzz.ts";

const STATE = "training_state.safetensors";

/**
 * What of a run is in a folder; whatever is there can be opened, and all parameters of its model are there.
 */
export async function wholeParts(store: Store): Promise<{ model: boolean; state: boolean }> {
  const model = await store.exists("model.safetensors");
  if (model) {
    const config = await readConfig(store, "");
    if (config.numLabels > 0) (await openTagger(new CpuDevice(), store)).free();
    else {
      await openTokenizer(store, { dir: "", config });
      const opened = await openModel(new CpuDevice(), store, { dir: "", config, seed: 0, maskedLm: true });
      opened.model.free();
      assertEquals(opened.fresh, []);
    }
  }
  const state = await store.exists(STATE);
  if (state) await readTrainingState(store, STATE);
  return { model, state };
}

/** The message of what a person or a system did, in one line that is not too long. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof LacunaError)) throw error;
  const { message } = error;
  assert(message.length <= LONGEST_MESSAGE && !/[\r\n]/.test(message), message);
  return message;
}

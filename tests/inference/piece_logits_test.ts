import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Tape } from "../../src/autograd/tape.ts";
import { parseConfig } from "../../src/model/config.ts";
import { pack } from "../../src/data/packed_batch.ts";
import { pieceLogits } from "../../src/inference/piece_logits.ts";
import { Model } from "../../src/model/model.ts";
import { initialise } from "../../src/nn/initialise.ts";
import { testOnDevices } from "../devices.ts";
import { goldenTolerances } from "../golden/tolerances.ts";
import { tinyConfig } from "../fixtures.ts";

/** More pieces than have their logits computed at a time. */
const VOCABULARY = 8200;

testOnDevices("the logits of a row are those that its loss is computed from", async (device) => {
  const config = parseConfig({ ...tinyConfig, vocab_size: VOCABULARY }, "config.json");
  const model = new Model(device, config, { maskedLm: true });
  await initialise(model.parameters, model.specs, { seed: 1, range: 0.2 });
  const sequences = [{ ids: [2, 9, 4, 7, 3], rows: [2, 3] }, { ids: [2, 8195, 3], rows: [1] }];
  const labels = [17, 8199, 0];

  const logits = await pieceLogits(model, sequences);
  const batch = pack(sequences.map(({ ids }) => ({ encoded: { ids, labelRows: [] }, labels: [] })));
  const tape = new Tape(device);
  const view = model.maskedLm!.statistics(tape, model.encoder.forward(tape, batch), {
    rows: Uint32Array.of(2, 3, 6),
    labels: Int32Array.from(labels),
  });
  const statistics = await device.read(view);
  tape.dispose();
  model.free();

  assertEquals(logits.map(({ length }) => length), [VOCABULARY, VOCABULARY, VOCABULARY]);
  logits.forEach((row, i) => {
    const maximum = row.reduce((a, b) => Math.max(a, b));
    const sum = row.reduce((sum, logit) => sum + Math.exp(logit - maximum), 0);
    const near = (a: number, b: number) =>
      assertAlmostEquals(a, b, goldenTolerances.f32.outputs * Math.abs(b));
    near(maximum, statistics[3 * i]);
    near(sum, statistics[3 * i + 1]);
    near(row[labels[i]], statistics[3 * i + 2]);
  });
});

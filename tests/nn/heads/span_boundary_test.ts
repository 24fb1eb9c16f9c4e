import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { Tape } from "../../../src/autograd/tape.ts";
import { parseConfig } from "../../../src/model/config.ts";
import { pack } from "../../../src/data/packed_batch.ts";
import { CpuDevice } from "../../../src/device/cpu/cpu_device.ts";
import { Model } from "../../../src/model/model.ts";
import { initialise } from "../../../src/nn/initialise.ts";
import { Random } from "../../../src/random/random.ts";
import { tinyConfig } from "../../fixtures.ts";

const masked = {
  rows: Uint32Array.of(1, 2, 5),
  labels: Int32Array.of(17, 5, 290),
  left: Uint32Array.of(0, 0, 4),
  right: Uint32Array.of(3, 3, 8),
  places: Uint32Array.of(0, 1, 2),
};

/** A model whose heads all begin at random. */
async function headedModel(): Promise<Model> {
  const model = new Model(new CpuDevice(), parseConfig(tinyConfig, "config.json"), {
    maskedLm: true,
    boundary: true,
    group: () => ({ rate: 1, decay: true }),
  });
  await initialise(model.parameters, model.specs, { seed: 1, range: 0.3 });
  return model;
}

/** The boundary loss of one sequence of nine tokens; gradients too when `training`. */
async function boundaryLoss(
  model: Model,
  training: boolean,
  { places = masked.places } = {},
): Promise<number> {
  const { device } = model;
  const tape = new Tape(device, { training: { seed: 1, step: 0, microBatch: 0 }, dropout: false });
  const loss = device.allocate("f32", 1);
  device.clear(loss);
  const ids = [2, 9, 4, 7, 30, 4, 4, 4, 3];
  const packed = pack([{ encoded: { ids, labelRows: [] }, labels: [] }]);
  const batch = { ...packed, masked: { ...masked, places }, unmaskedIds: packed.ids };
  model.heads.at(-1)!.loss(tape, model.encoder.forward(tape, batch), batch, { scale: 1 / 3, loss });
  if (training) tape.backward();
  tape.dispose();
  return (await device.read(loss))[0];
}

Deno.test("the gradients of the span boundary head are the slopes of its loss, parameter by parameter", async () => {
  const model = await headedModel();
  const names = model.specs.map(({ name }) => name);
  await boundaryLoss(model, true);
  const ofHead = names.filter((name) => name.startsWith("span_boundary."));
  assert(ofHead.length === 11);
  for (const name of [...ofHead, "bert.embeddings.word_embeddings.weight", "cls.predictions.bias"]) {
    const values = await model.parameters.read(name);
    const gradient = await model.parameters.read(name, "gradient");
    const random = new Random(1, "direction", name);
    const direction = values.map(() => random.uniform() < 0.5 ? -1 : 1);
    const at = async (step: number) => {
      model.parameters.write(name, values.map((value, i) => value + step * direction[i]));
      return await boundaryLoss(model, false);
    };
    const step = 2e-3;
    const slope = (await at(step) - await at(-step)) / (2 * step);
    model.parameters.write(name, values);
    const found = gradient.reduce((sum, value, i) => sum + value * direction[i], 0);
    assertAlmostEquals(found, slope, 0.01 * Math.hypot(...gradient) + 1e-3, name);
  }
});

Deno.test("places beyond the last that has an embedding share it", async () => {
  const model = await headedModel();
  const lossAt = (place: number) => boundaryLoss(model, false, { places: Uint32Array.of(0, 1, place) });
  const [last, beyond, before] = [await lossAt(63), await lossAt(200), await lossAt(62)];
  assertEquals(beyond, last);
  assertNotEquals(before, last);
});

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { FORBIDDEN } from "../../kernels/crf.ts";
import { crf, crfBackwardCases } from "../../kernels/reference/crf.ts";
import { normal } from "../../kernels/reference/proof.ts";
import type { Device, HostData } from "../../src/device/device.ts";
import { dtypeOf } from "../../src/device/call.ts";
import { testOnDevices } from "../devices.ts";

/** All tag sequences of so many rows. */
function paths(rows: number, tags: number): number[][] {
  if (rows === 0) return [[]];
  return paths(rows - 1, tags).flatMap((path) => Array.from({ length: tags }, (_, tag) => [...path, tag]));
}

/**
 * The loss of a sequence by its definition: the logarithm of the sum over all paths, less that of the labels.
 */
function lossOf(
  emissions: Float32Array,
  scores: Float32Array,
  labels: readonly number[],
  tags: number,
): number {
  const weights = paths(labels.length, tags).map((path) => {
    const entries = path.flatMap((tag, row) => [(row === 0 ? tags : path[row - 1]) * tags + tag]);
    entries.push((tags + 1) * tags + path.at(-1)!);
    if (entries.some((entry) => scores[entry] <= FORBIDDEN)) return { path, weight: 0 };
    const emitted = path.reduce((sum, tag, row) => sum + emissions[row * tags + tag], 0);
    return { path, weight: Math.exp(entries.reduce((sum, entry) => sum + scores[entry], emitted)) };
  });
  const sum = (some: typeof weights) => some.reduce((sum, { weight }) => sum + weight, 0);
  const agrees = ({ path }: { path: number[] }) =>
    path.every((tag, row) => labels[row] < 0 || labels[row] === tag);
  return Math.log(sum(weights)) - Math.log(sum(weights.filter(agrees)));
}

Deno.test("the reference of a chain sums over all paths of a short sentence, with latent rows or none", () => {
  const tags = 3;
  const scores = normal(2, (tags + 2) * tags);
  for (const i of [1, 4, tags * tags + 2]) scores[i] = FORBIDDEN;
  for (const labels of [[0], [1, 2], [0, 2, 2, 1], [-100, 2, -100, 0, 0], [-100, -100]]) {
    const rows = labels.length;
    const emissions = normal(rows, rows * tags);
    const { loss: [found] } = crf({
      emissions: Float64Array.from(emissions),
      scores: Float64Array.from(scores),
      labels: Int32Array.from(labels),
      cuRows: Uint32Array.of(0, rows),
    }, { rows, tags, sequences: 1, scale: 1 });
    const expected = lossOf(emissions, scores, labels, tags);
    assert(Number.isFinite(expected), `${labels} is on no path`);
    assertAlmostEquals(found, expected, 1e-12, `${labels}`);
  }
});

/** Both gradients of a line of the shape table. */
async function gradientsOf(device: Device, line: string) {
  const { buffers, parameters } = crfBackwardCases().find(({ label }) => label === line)!;
  const views = Object.fromEntries(
    Object.entries(buffers).map(([name, data]) => {
      const view = device.allocate(dtypeOf(data as HostData), data.length);
      device.upload(view, data as HostData);
      return [name, view];
    }),
  );
  device.clear(views.dScores);
  device.dispatch("crfBackward", views as never, parameters as never);
  const [dEmissions, dScores] = await Promise.all(
    [views.dEmissions, views.dScores].map((view) => device.read(view)),
  );
  Object.values(views).forEach((view) => device.free(view));
  return { buffers, dEmissions: dEmissions as Float32Array, dScores: dScores as Float32Array };
}

testOnDevices(
  "what is forbidden in a chain has a gradient of exactly 0, and all others have numbers",
  async (device) => {
    const { buffers: { scores }, dEmissions, dScores } = await gradientsOf(device, "forbidden, latent rows");
    const forbidden = [...scores.keys()].filter((i) => scores[i] <= FORBIDDEN);
    assert(forbidden.length > 5);
    assertEquals(forbidden.map((i) => dScores[i]), forbidden.map(() => 0));
    assert([...dEmissions, ...dScores].every(Number.isFinite));
  },
);

testOnDevices(
  "labels on no path of a chain have no gradient, and those around them theirs",
  async (device) => {
    const { buffers: { cuRows }, dEmissions } = await gradientsOf(device, "labels on no path");
    const tags = dEmissions.length / cuRows.at(-1)!;
    const [first, second, third] = [0, 1, 2].map((s) =>
      dEmissions.slice(cuRows[s] * tags, cuRows[s + 1] * tags)
    );
    assertEquals(second, new Float32Array(second.length));
    assert(first.some((value) => value !== 0) && third.some((value) => value !== 0));
  },
);

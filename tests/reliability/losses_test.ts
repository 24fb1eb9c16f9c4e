import { assert, assertEquals } from "@std/assert";
import { loseAt, lossWays } from "./losses.ts";
import { spread } from "./spread.ts";

const STEPS = 20;

// A software adapter compiles the kernels of every device anew, for seconds: one loss is enough here.
for (const way of (await lossWays()).filter(({ name }) => name !== "no memory on WebGPU")) {
  const at = spread(/WebGPU/.test(way.name) ? 1 : STEPS, STEPS);
  Deno.test(`${way.name} at ${at.length} of ${STEPS} steps: one sentence, a model and a state that open, and the same bytes in the end`, async () => {
    const { losses, models, states, same } = await loseAt(way, { steps: STEPS, at });
    assertEquals([losses, states, same], [at.length, at.length, at.length]);
    assert(models > 0);
  });
}

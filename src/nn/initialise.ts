import { yieldToHost } from "../device/yield_to_host.ts";
import { Random } from "../random/random.ts";
import type { Parameters } from "./parameters.ts";
import type { ParameterSpec } from "./specs.ts";

/**
 * Gives parameters the values that a BERT starts with: weights and tables normal with standard deviation
 * `range` (config.json's `initializer_range`), biases 0, norm weights 1, unless its entry says otherwise.
 * Every parameter has a random stream of its own, so what one gets does not depend on which others are there.
 *
 * @throws the signal's reason, if it is aborted
 */
export async function initialise(
  parameters: Parameters,
  specs: Iterable<Pick<ParameterSpec, "name" | "role" | "initial">>,
  { seed, range, signal }: { seed: number; range: number; signal?: AbortSignal },
): Promise<void> {
  for (const { name, role, initial } of specs) {
    await yieldToHost(signal);
    const [rows, columns] = parameters.get(name).shape;
    const values = new Float32Array(rows * columns);
    if (initial) values.set(initial);
    else if (role === "norm") values.fill(1);
    else if (role !== "bias") {
      const random = new Random(seed, "initialise", name);
      for (let i = 0; i < values.length; i++) {
        values[i] = range * random.normal();
        if (i % VALUES_A_TURN === 0) await yieldToHost(signal);
      }
    }
    parameters.write(name, values);
  }
}

/** Values that are drawn in some milliseconds. */
const VALUES_A_TURN = 2 ** 17;

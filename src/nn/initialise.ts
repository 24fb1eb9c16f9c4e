import { Random } from "../random/random.ts";
import type { Parameters } from "./parameters.ts";

/**
 * Gives the named parameters the values that a BERT starts with: weights and tables normal with standard deviation
 * `range` (config.json's `initializer_range`), biases 0, norm weights 1. Every parameter has a random stream of its
 * own, so what one gets does not depend on which others are there.
 */
export function initialise(
  parameters: Parameters,
  names: Iterable<string>,
  { seed, range }: { seed: number; range: number },
): void {
  for (const name of names) {
    const [rows, columns] = parameters.get(name).shape;
    const values = new Float32Array(rows * columns);
    if (/(LayerNorm|layer_norm)\.weight$/.test(name)) values.fill(1);
    else if (!name.endsWith("bias")) {
      const random = new Random(seed, "initialise", name);
      for (let i = 0; i < values.length; i++) values[i] = range * random.normal();
    }
    parameters.write(name, values);
  }
}

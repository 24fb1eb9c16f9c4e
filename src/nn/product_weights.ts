/**
 * Which parameters of a model matrix products read, and so have an f16 copy in half precision: the others are biases and
 * norms, and tables whose rows are looked up.
 *
 * @param shapes shapes of all its parameters by name
 */
export function productWeights(shapes: ReadonlyMap<string, readonly number[]>): ReadonlySet<string> {
  const isDecoder = shapes.has("cls.predictions.bias") || shapes.has("lm_head.bias");
  const names = [...shapes.keys()].filter((name) =>
    shapes.get(name)!.length === 2 &&
    (TABLES.test(name) ? isDecoder && name.endsWith("word_embeddings.weight") : true)
  );
  return new Set(names);
}

const TABLES = /\.embeddings\.|^span_boundary\.places\./;

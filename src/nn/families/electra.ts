import { v } from "../../dependencies.ts";
import { size } from "../../json/schema.ts";
import { bertFamily } from "./bert.ts";

const fields = v.object({ embedding_size: v.optional(size, 128) });

/**
 * ELECTRA (Clark et al. 2020, arXiv:2003.10555): BERT's encoder over embeddings that may be narrower than its
 * hidden states. The head that tells replaced pieces from original ones is not read; a generator's masked-LM
 * head is.
 */
export const electra = bertFamily({
  modelType: "electra",
  className: "Electra",
  module: "electra",
  fieldNames: { position_embedding_type: null },
  fields,
  embeddingSize: ({ raw }) => v.parse(fields, raw).embedding_size,
  maskedLm: {
    dense: "generator_predictions.dense",
    norm: "generator_predictions.LayerNorm",
    bias: "generator_lm_head.bias",
    decoder: "generator_lm_head",
    activation: () => "gelu",
  },
  unused: [/^generator_lm_head\.weight$/, /^discriminator_predictions\./],
});

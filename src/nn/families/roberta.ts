import { bertFamily, type BertForm } from "./bert.ts";
import type { Family } from "./family.ts";

/**
 * A family like RoBERTa: BERT with a byte-level or sentence-piece vocabulary, which counts positions from the
 * number behind the padding token, and whose masked-LM head has names of its own and gelu whatever
 * `hidden_act` says.
 */
export function robertaFamily(form: Pick<BertForm, "modelType" | "className" | "module">): Family {
  return bertFamily({
    ...form,
    padTokenId: 1,
    firstPosition: ({ padTokenId }) => padTokenId + 1,
    maskedLm: {
      dense: "lm_head.dense",
      norm: "lm_head.layer_norm",
      bias: "lm_head.bias",
      decoder: "lm_head.decoder",
      activation: () => "gelu",
    },
  });
}

/** RoBERTa (Liu et al. 2019, arXiv:1907.11692). */
export const roberta = robertaFamily({ modelType: "roberta", className: "Roberta", module: "roberta" });

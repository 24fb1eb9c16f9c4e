import { robertaFamily } from "./roberta.ts";

/** XLM-RoBERTa (Conneau et al. 2020, arXiv:1911.02116): RoBERTa for a hundred languages. */
export const xlmRoberta = robertaFamily({
  modelType: "xlm-roberta",
  className: "XLMRoberta",
  module: "roberta",
});

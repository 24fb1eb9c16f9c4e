import { robertaFamily } from "./roberta.ts";

/** CamemBERT (Martin et al. 2020, arXiv:1911.03894): RoBERTa for French, with its parameter names. */
export const camembert = robertaFamily({
  modelType: "camembert",
  className: "Camembert",
  module: "roberta",
});

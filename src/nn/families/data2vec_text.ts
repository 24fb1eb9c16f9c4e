import { robertaFamily } from "./roberta.ts";

/**
 * data2vec for text (Baevski et al. 2022, arXiv:2202.03555): RoBERTa's encoder, pretrained in another way.
 */
export const data2vecText = robertaFamily({
  modelType: "data2vec-text",
  className: "Data2VecText",
  module: "data2vec_text",
});

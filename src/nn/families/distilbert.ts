import { bertFamily } from "./bert.ts";

/**
 * DistilBERT (Sanh et al. 2019, arXiv:1910.01108): BERT without token types, under names of its own, and
 * without dropout of what attention adds.
 */
export const distilbert = bertFamily({
  modelType: "distilbert",
  className: "DistilBert",
  module: "distilbert",
  fieldNames: {
    hidden_size: "dim",
    num_hidden_layers: "n_layers",
    num_attention_heads: "n_heads",
    intermediate_size: "hidden_dim",
    hidden_act: "activation",
    hidden_dropout_prob: "dropout",
    attention_probs_dropout_prob: "attention_dropout",
    classifier_dropout: null,
    position_embedding_type: null,
    type_vocab_size: null,
    layer_norm_eps: null,
  },
  tokenTypes: () => 0,
  layers: "transformer.layer",
  names: {
    query: "attention.q_lin",
    key: "attention.k_lin",
    value: "attention.v_lin",
    attentionOutput: "attention.out_lin",
    attentionNorm: "sa_layer_norm",
    intermediate: "ffn.lin1",
    output: "ffn.lin2",
    outputNorm: "output_layer_norm",
  },
  attentionOutputDropout: false,
  maskedLm: {
    dense: "vocab_transform",
    norm: "vocab_layer_norm",
    bias: "vocab_projector.bias",
    decoder: "vocab_projector",
  },
  unused: [/^vocab_projector\.weight$/],
});

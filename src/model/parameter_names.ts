import type { ModelConfig } from "../nn/config.ts";
import { familyOf } from "../nn/families/registry.ts";

/**
 * The parameter that a tensor of a file is, undefined for what no model with this config has: families leave
 * out the decoder, a second copy of the word embeddings unless config.json says that it is not tied to them.
 */
export function parameterName(config: ModelConfig, tensor: string): string | undefined {
  const family = familyOf(config);
  const { weight, bias } = decoderNames(config);
  if (!config.tieWordEmbeddings && (tensor === weight || tensor === bias)) return tensor;
  return family.parameterName(tensor);
}

/** The names of a decoder of its own. */
export function decoderNames(config: ModelConfig): { readonly weight: string; readonly bias: string } {
  const { decoder } = familyOf(config).maskedLm;
  return { weight: `${decoder}.weight`, bias: `${decoder}.bias` };
}

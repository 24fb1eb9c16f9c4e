/** The families that Lacuna knows. */

import type { ModelConfig } from "../config.ts";
import { bert } from "./bert.ts";
import { camembert } from "./camembert.ts";
import { data2vecText } from "./data2vec_text.ts";
import { debertaV2 } from "./deberta_v2.ts";
import { distilbert } from "./distilbert.ts";
import { electra } from "./electra.ts";
import { ernie } from "./ernie.ts";
import type { Family } from "./family.ts";
import { modernbert } from "./modernbert.ts";
import { roberta } from "./roberta.ts";
import { xlmRoberta } from "./xlm_roberta.ts";

/** In the order in which messages name them. */
const families: readonly Family[] = [
  bert,
  roberta,
  xlmRoberta,
  camembert,
  data2vecText,
  ernie,
  distilbert,
  electra,
  modernbert,
  debertaV2,
];

const byModelType: ReadonlyMap<string, Family> = new Map(
  families.map((family) => [family.modelType, family]),
);

/** `model_type` of every family. */
export const modelTypes: readonly string[] = [...byModelType.keys()];

/** The family of a checked config. */
export function familyOf({ modelType }: Pick<ModelConfig, "modelType">): Family {
  return byModelType.get(modelType)!;
}

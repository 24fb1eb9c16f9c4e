/**
 * The Hugging Face model directory: config.json, weights in one file or in shards, and the names of parameters.
 *
 * @module
 */

export {
  type HiddenAct,
  maxTokens,
  type ModelConfig,
  type ModelType,
  parseConfig,
  readConfig,
} from "./config.ts";
export { writeConfig } from "./write_config.ts";
export { encoderName, type Head, type HeadOptions, normaliseName, parameterShapes } from "./parameters.ts";
export { matchParameters, type ParameterMatch } from "./match_parameters.ts";
export { openCheckpoint } from "./sharded.ts";

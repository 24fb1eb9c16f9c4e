import { CheckpointError } from "../errors.ts";
import { quote } from "../json/quote.ts";

/** The ids of the tokens that stand for no text. */
export interface SpecialTokens {
  /** Begins every sequence: `[CLS]`, `<s>`. */
  readonly clsId: number;
  /** Ends every sequence: `[SEP]`, `</s>`. */
  readonly sepId: number;
  /** Stands for what the vocabulary cannot spell: `[UNK]`, `<unk>`. */
  readonly unkId: number;
  /** `[PAD]`, `<pad>`; Lacuna packs its batches and never pads. */
  readonly padId: number | undefined;
  /** `[MASK]`, `<mask>`; missing in tokenizers of models that were not trained to fill gaps. */
  readonly maskId: number | undefined;
}

/**
 * Keys of tokenizer_config.json and, where they are missing, the names that BERT and RoBERTa gave the tokens.
 */
const NAMES = {
  cls: { keys: ["cls_token", "bos_token"], usual: ["[CLS]", "<s>"] },
  sep: { keys: ["sep_token", "eos_token"], usual: ["[SEP]", "</s>"] },
  unk: { keys: ["unk_token"], usual: ["[UNK]", "<unk>"] },
  pad: { keys: ["pad_token"], usual: ["[PAD]", "<pad>"] },
  mask: { keys: ["mask_token"], usual: ["[MASK]", "<mask>"] },
} as const;

/**
 * Finds the special tokens: as tokenizer_config.json names them, else under their usual names.
 *
 * @param idOf the id of a token, undefined when the vocabulary lacks it
 * @throws {CheckpointError} when a token that the config names is not in the vocabulary, or cls, sep or unk
 * is not found.
 */
export function findSpecialTokens(
  config: Readonly<Record<string, unknown>>,
  idOf: (token: string) => number | undefined,
): SpecialTokens {
  const find = (role: keyof typeof NAMES): number | undefined => {
    for (const key of NAMES[role].keys) {
      const token = tokenText(config[key]);
      if (token === undefined) continue;
      const id = idOf(token);
      if (id !== undefined) return id;
      throw new CheckpointError(
        `Expected the ${key} ${
          quote(token)
        } of tokenizer_config.json in tokenizer.json's vocabulary, but it is not there: ` +
          "take both files from the same checkpoint",
      );
    }
    return NAMES[role].usual.map(idOf).find((id) => id !== undefined);
  };
  const required = (role: "cls" | "sep" | "unk"): number => {
    const id = find(role);
    if (id !== undefined) return id;
    throw new CheckpointError(
      `tokenizer.json: expected a ${role} token, found none under the usual names ${
        NAMES[role].usual.join(" and ")
      }: ` +
        `name it as ${NAMES[role].keys[0]} in tokenizer_config.json`,
    );
  };
  return {
    clsId: required("cls"),
    sepId: required("sep"),
    unkId: required("unk"),
    padId: find("pad"),
    maskId: find("mask"),
  };
}

/** tokenizer_config.json writes a token as a string or as an object with its content. */
export function tokenText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  const content = typeof value === "object" && value !== null && "content" in value
    ? value.content
    : undefined;
  return typeof content === "string" ? content : undefined;
}

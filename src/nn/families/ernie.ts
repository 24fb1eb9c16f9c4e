import { size } from "../../json/schema.ts";
import { v } from "../../dependencies.ts";
import { bertFamily } from "./bert.ts";

const fields = v.object({
  use_task_id: v.optional(v.boolean("true or false"), false),
  task_type_vocab_size: v.optional(size, 3),
});

/**
 * ERNIE (Sun et al. 2019, arXiv:1904.09223): BERT's encoder, pretrained with masked entities and phrases.
 * From version 2 on (`use_task_id`) it adds an embedding of the task, which is task 0 in use.
 */
export const ernie = bertFamily({
  modelType: "ernie",
  className: "Ernie",
  module: "ernie",
  fields,
  moreTables: ({ raw }) => {
    const { use_task_id, task_type_vocab_size } = v.parse(fields, raw);
    return use_task_id ? [{ name: "task_type_embeddings", rows: task_type_vocab_size }] : [];
  },
});

import type { Evaluation } from "../inference/evaluate.ts";

/**
 * Whether a model is better than the one before it that is kept: by strict micro F1 on dev, and of equal F1
 * by the loss there, which tells models apart where F1 is 0 throughout. Dev without an entity chooses
 * nothing, so there the last model is kept: the loss on it would choose the one that finds least, which is
 * the first.
 */
export function isBetter({ report, loss }: Evaluation, kept: Evaluation): boolean {
  if (report.sentences.withEntities === 0) return true;
  const [f1, keptF1] = [report, kept.report].map(({ strict }) => strict.micro.f1);
  return f1 > keptF1 || f1 === keptF1 && loss < kept.loss;
}

/** What a person has to know of dev sentences without an entity before they have cost time. */
export function lacksEntities(sentences: string): string {
  return `${sentences} no entity, so no model can be chosen on them: the last one is kept, and no run stops early. ` +
    "Give dev sentences with entities.";
}

import { F1_CLAIM, type Verdict } from "../../../study/verdicts.ts";

/** The answer to the main question, whether F1 rises, in a sentence or two. */
export function headline(
  verdicts: readonly Verdict[],
  { control, devOnly = false }: { readonly control: string; readonly devOnly?: boolean },
): string {
  if (devOnly) {
    return "Test was left untouched, so there are no verdicts: the dev scores below only choose between arms.";
  }
  if (verdicts.length === 0) return `Only ${control} was asked for, so nothing is compared.`;
  const f1 = verdicts.filter(({ outcome, claim, size }) =>
    outcome === 3 && size === null && claim === F1_CLAIM
  );
  const armsWith = (status: Verdict["status"]) =>
    f1.filter((verdict) => verdict.status === status).map(({ arm }) => arm);
  const said = [
    sentence(armsWith("supported"), (arms) => `${arms}: shown to raise strict F1 over ${control}.`),
    sentence(
      armsWith("not supported"),
      (arms) => `${arms}: a rise of strict F1 over ${control} that would be worth having is ruled out.`,
    ),
    sentence(
      armsWith("cannot tell"),
      (arms) => `${arms}: cannot tell at this size whether strict F1 rises over ${control}.`,
    ),
  ];
  return said.filter((text) => text !== "").join(" ");
}

function sentence(arms: readonly string[], say: (arms: string) => string): string {
  return arms.length === 0 ? "" : say(arms.join(", "));
}

import type { Arm } from "./arms.ts";
import { type ChosenRates, rateKey } from "./cells.ts";
import type { Tuning } from "./plan.ts";
import type { RunRecord } from "./record.ts";

/**
 * The learning rate of every arm at every size: the one with the best mean dev F1 over data sets and seeds,
 * of equals the one with the lowest mean loss there, and where no loss is known the one named first.
 *
 * @param records the runs that tuned, each under the arm's name and its rate; one that is missing, because it
 * diverged, found nothing
 */
export function chooseRates(
  records: readonly RunRecord[],
  { arms, sizes, tuning }: { arms: readonly Arm[]; sizes: readonly number[]; tuning: Tuning },
): ChosenRates {
  const chosen = new Map<string, number>();
  for (const { name: arm } of arms) {
    for (const size of sizes) {
      const scores = tuning.learningRates.map((rate) => {
        const runs = records.filter(({ key }) => key.arm === `${arm}@${rate}` && key.size === size);
        // Every rate has the same number of runs, so the sums order them as the means do.
        const f1 = runs.reduce((sum, { dev }) => sum + dev.f1, 0);
        const loss = runs.reduce((sum, { dev }) => sum + (dev.loss ?? NaN), 0);
        return { rate, runs: runs.length, f1, loss };
      });
      const most = Math.max(...scores.map(({ runs }) => runs));
      const lossOf = ({ runs, loss }: typeof scores[number]) => runs < most ? Infinity : loss;
      const best = scores.reduce((best, other) =>
        other.f1 > best.f1 || other.f1 === best.f1 && lossOf(other) < lossOf(best) ? other : best
      );
      chosen.set(rateKey({ arm, size }), best.rate);
    }
  }
  return chosen;
}

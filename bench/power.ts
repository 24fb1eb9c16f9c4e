/**
 * How often the verdicts of the study would be right: `deno run bench/power.ts [GRIDS]`, minutes for 400.
 *
 * @module
 */

import { differencesFor } from "../src/study/power.ts";
import { simulateGrids } from "../src/study/simulated_grid.ts";

const grids = Number(Deno.args[0] ?? 400);
if (!Number.isInteger(grids) || grids < 1) {
  console.error(
    `Expected a number of grids from 1 but found "${Deno.args[0]}": for example deno run bench/power.ts 100`,
  );
  Deno.exit(2);
}
console.log(
  "spread  correlation  seeds  effect  chosen  supported: overall  first size  anywhere   (% of grids)",
);
for (const spread of [0.025, 0.033, 0.04]) {
  for (const [correlation, seeds] of [[0, 5], [0.5, 5], [0, 10]]) {
    for (const effect of [0, 0.03]) {
      const { chosen, overall, first, anywhere } = simulateGrids({ effect, spread, correlation, seeds }, {
        grids,
      });
      const cells = [chosen, overall, first, anywhere].map((n) => (100 * n / grids).toFixed(1));
      console.log([spread, correlation, seeds, effect, ...cells].join("\t"));
    }
  }
  const needed = differencesFor(0.03, spread * Math.SQRT2);
  console.log(
    `spread ${spread}: one size alone needs ${needed} pairs for an effect of 3 points, uncorrected`,
  );
}

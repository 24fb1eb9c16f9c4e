import { assert, assertEquals } from "@std/assert";
import type { CommandName } from "./commands.ts";
import { kill } from "./kills.ts";

const KILLS = 3;
const STEPS: Readonly<Record<CommandName, number>> = { train: 30, pretrain: 30, compare: 12 };

for (const [name, steps] of Object.entries(STEPS) as [CommandName, number][]) {
  Deno.test(`${name}, killed at ${KILLS} moments, leaves a whole folder and ends in the same bytes`, {
    ignore: Deno.build.os === "windows",
  }, async () => {
    const { kills, runs, models } = await kill(name, { kills: KILLS, seed: 13, steps });
    assertEquals([kills, models], [KILLS, name === "compare" ? 0 : KILLS]);
    assert(runs > 0);
  });
}

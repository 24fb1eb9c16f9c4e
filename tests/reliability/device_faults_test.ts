import { assert, assertEquals } from "@std/assert";
import { faultyRuns, withDeviceFaults } from "./device_faults.ts";
import { spread } from "./spread.ts";

for (const [name, run] of Object.entries(faultyRuns)) {
  Deno.test(`${name}: calls of the device that fail are one sentence, and the model and the run are kept`, async () => {
    const { faults, models, same } = await withDeviceFaults(run, (calls) => spread(20, calls));
    assertEquals([faults, same], [40, 40]);
    assert(models > 5, `${models} models`);
  });
}

import { assert, assertEquals } from "@std/assert";
import { type Fault, faultyCommands, withFaults } from "./command_faults.ts";
import { spread } from "./spread.ts";

for (const command of faultyCommands) {
  const name = command.interruptAt === undefined ? command.name : `${command.name} --resume`;
  Deno.test(`${name}: calls of the file system that fail, and a full disk, are one sentence and lose nothing`, async () => {
    const some = command.name === "compare" ? 2 : 5;
    const { faults, refusals, same } = await withFaults(command, ({ calls, bytes }): Fault[] => [
      ...spread(some, calls).map((call) => ({ call, persistent: false })),
      ...spread(some, calls).map((call) => ({ call, persistent: true })),
      ...spread(some, bytes).map((room) => ({ room })),
    ]);
    assertEquals(same, faults);
    assert(refusals > faults / 2, `${refusals} of ${faults}`);
  });
}

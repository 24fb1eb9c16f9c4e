import { assertEquals, assertRejects } from "@std/assert";
import { TrainingLog } from "../../../src/cli/files/training_log.ts";
import { LacunaError } from "../../../src/errors.ts";

async function withPath(test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/log.jsonl`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function typesIn(path: string): Promise<string[]> {
  return (await Deno.readTextFile(path)).trimEnd().split("\n").map((line) => JSON.parse(line).type);
}

Deno.test("a log grows over runs until one clears it, also one whose last line was cut off", async () => {
  await withPath(async (path) => {
    for (const type of ["start", "step"]) {
      using log = await TrainingLog.open(path);
      log.write({ type });
    }
    assertEquals(await typesIn(path), ["start", "step"]);
    await Deno.writeTextFile(path, '{"time":"2025-01-', { append: true });
    using log = await TrainingLog.open(path);
    log.clear();
    log.write({ type: "start" });
    assertEquals(await typesIn(path), ["start"]);
  });
});

Deno.test("a file that is no log is refused and stays as it was: CoNLL, other JSON Lines, one byte", async () => {
  await withPath(async (path) => {
    for (const content of ["Amina B-PER\n", '{"type":"start","time":1}\n', "x"]) {
      await Deno.writeTextFile(path, content);
      await assertRejects(() => TrainingLog.open(path), LacunaError, `${path}: expected the log of a run`);
      assertEquals(await Deno.readTextFile(path), content);
    }
  });
});

Deno.test("a log in which nothing was written is taken away, unless the empty file was there before", async () => {
  await withPath(async (path) => {
    (await TrainingLog.open(path))[Symbol.dispose]();
    await assertRejects(() => Deno.stat(path), Deno.errors.NotFound);
    await Deno.writeTextFile(path, "");
    (await TrainingLog.open(path))[Symbol.dispose]();
    assertEquals((await Deno.stat(path)).size, 0);
  });
});

import { assertEquals, assertRejects } from "@std/assert";
import { checkOwn } from "../../../src/cli/files/own_file.ts";
import { LacunaError } from "../../../src/errors.ts";

const own = { what: "a cake", beginning: /^\{"cake":/ };

Deno.test("checkOwn() takes a file of ours, an empty one, none, a device; and no other, however long", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/cake.json`;
    await checkOwn(path, own);
    await checkOwn(`${path}/below`, own);
    await checkOwn("/dev/null", own);
    for (const text of ["", '{"cake":1}', `{"cake":${"1".repeat(5000)}`]) {
      await Deno.writeTextFile(path, text);
      await checkOwn(path, own);
    }
    for (const text of ["x", '{"bread":1}', `${" ".repeat(5000)}{"cake":1}`]) {
      await Deno.writeTextFile(path, text);
      const sentence = `${path}: expected a cake, or no such file, found something else, which would be lost`;
      await assertRejects(() => checkOwn(path, own), LacunaError, sentence);
      assertEquals(await Deno.readTextFile(path), text);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

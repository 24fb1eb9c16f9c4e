import { assertEquals, assertRejects } from "@std/assert";
import { WORK_FOLDER, WorkFolder } from "../../../src/cli/files/work_folder.ts";
import { LacunaError } from "../../../src/errors.ts";

/** Calls `test` with an empty folder. */
async function inFolder(test: (out: string, work: string) => Promise<void>): Promise<void> {
  const out = await Deno.makeTempDir();
  try {
    await test(out, `${out}/${WORK_FOLDER}`);
  } finally {
    await Deno.remove(out, { recursive: true });
  }
}

function namesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

Deno.test("a work folder is gone when its process ends, and one that a killed process left is taken away", async () => {
  await inFolder(async (out, work) => {
    {
      await using _folder = await WorkFolder.open(out);
      await Deno.mkdir(`${work}/1`);
      await Deno.writeTextFile(`${work}/1/model.safetensors`, "half");
      await Deno.rename(work, `${out}/killed`);
    }
    await Deno.rename(`${out}/killed`, work);
    {
      await using _folder = await WorkFolder.open(out);
      assertEquals(namesIn(work).includes("1"), false);
    }
    assertEquals(namesIn(out), []);
  });
});

Deno.test("whatever else is called work is refused and stays as it was: a folder, an empty one, a file, a link", async () => {
  const kinds: [kind: string, make: (work: string, ours: string) => Promise<void>][] = [
    ["folder", async (work) => {
      await Deno.mkdir(work);
      await Deno.writeTextFile(`${work}/thesis.txt`, "years");
    }],
    ["folder", (work) => Deno.mkdir(work)],
    ["file", (work) => Deno.writeTextFile(work, "years")],
    ["link", (work, ours) => Deno.symlink(ours, work)],
  ];
  for (const [kind, make] of kinds) {
    await inFolder(async (out, work) => {
      await inFolder(async (other, ours) => {
        // A link to a folder of ours is still somebody else's link.
        await using _ours = await WorkFolder.open(other);
        await make(work, ours);
        const { mtime } = await Deno.lstat(work);
        await assertRejects(() => WorkFolder.open(out), LacunaError, `found another ${kind}`);
        assertEquals((await Deno.lstat(work)).mtime, mtime);
        assertEquals(namesIn(ours).length, 1);
      });
    });
  }
});

Deno.test("a process that ends while it makes or removes the folder leaves one that the next takes away; what a person keeps there stays", async () => {
  for (const left of [[], [".made-by-lacuna"]]) {
    await inFolder(async (out, work) => {
      await Deno.mkdir(`${work}.partial`);
      for (const name of left) await Deno.writeTextFile(`${work}.partial/${name}`, "");
      {
        await using _folder = await WorkFolder.open(out);
        assertEquals(namesIn(out).includes(`${WORK_FOLDER}.partial`), false);
      }
      assertEquals(namesIn(out), []);
    });
  }
  await inFolder(async (out, work) => {
    await Deno.mkdir(`${work}.partial`);
    await Deno.writeTextFile(`${work}.partial/thesis.txt`, "years");
    await assertRejects(() => WorkFolder.open(out), LacunaError, "cannot make the folder");
    assertEquals(namesIn(`${work}.partial`), ["thesis.txt"]);
  });
});

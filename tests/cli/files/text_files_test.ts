import { assertEquals, assertRejects } from "@std/assert";
import { readTextFile } from "../../../src/cli/files/files.ts";
import { textFiles } from "../../../src/cli/files/text_files.ts";
import { LacunaError } from "../../../src/errors.ts";

/** Calls `test` with a folder of these files, and with links by where they lead. */
async function inFolder(
  { files, links = {} }: { files: Record<string, string>; links?: Record<string, string> },
  test: (path: (name: string) => string) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    for (const [name, content] of Object.entries(files)) {
      const cut = name.lastIndexOf("/");
      if (cut > 0) await Deno.mkdir(`${root}/${name.slice(0, cut)}`, { recursive: true });
      await Deno.writeTextFile(`${root}/${name}`, content);
    }
    for (const [name, target] of Object.entries(links)) await Deno.symlink(target, `${root}/${name}`);
    await test((name) => `${root}/${name}`);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("textFiles() follows links to files and folders, takes what has two names once, and ends where they go round", async () => {
  const files = { "text/a.txt": "a", "elsewhere/b.txt": "b", "elsewhere/c.txt": "c", "elsewhere/d.md": "d" };
  const links = {
    "text/also-a.txt": "a.txt",
    "text/linked": "../elsewhere",
    "text/round": "..",
    "elsewhere/round": "../../text",
    "elsewhere/e.txt": "../elsewhere/d.md",
    "elsewhere/nowhere": "gone",
  };
  await inFolder({ files, links }, async (path) => {
    const root = path("");
    const found = await textFiles([path("text/")]);
    assertEquals(found.map(({ store, path }) => store.locate(path).slice(root.length)), [
      ...["text/a.txt", "text/linked/b.txt", "text/linked/c.txt", "text/linked/e.txt"],
    ]);
    await Deno.symlink("gone", path("text/f.txt"));
    await assertRejects(() => textFiles([path("text")]), LacunaError, "text/f.txt: there is no such file");
  });
});

Deno.test(
  "a backslash in a name is a letter, but on Windows",
  { ignore: Deno.build.os === "windows" },
  async () => {
    await inFolder({ files: { "a\\b.txt": "text", "c\\d/e.txt": "more" } }, async (path) => {
      assertEquals(await readTextFile(path("a\\b.txt")), "text");
      assertEquals(await readTextFile(path("c\\d/e.txt")), "more");
      const found = await textFiles([path("")]);
      assertEquals(found.map(({ path }) => path), ["a\\b.txt", "e.txt"]);
    });
  },
);

Deno.test("a path that can only be a folder's is no file", async () => {
  for (const path of ["some/", "..", "/", "a/."]) {
    await assertRejects(() => readTextFile(path), LacunaError, `cannot read ${path}: expected a file`);
  }
});

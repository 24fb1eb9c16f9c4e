import { assert, assertEquals, assertRejects } from "@std/assert";
import { DenoStore } from "../../../src/cli/files/deno_store.ts";
import { hashModel } from "../../../src/cli/files/model_hashes.ts";
import { LacunaError } from "../../../src/errors.ts";

Deno.test("DenoStore tells a folder from a file, and a file on the way from a folder", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/file`, "x");
    await Deno.mkdir(`${folder}/sub`);
    const store = new DenoStore(`${folder}/`);
    assertEquals(store.locate("file"), `${folder}/file`);
    assertEquals([await store.exists("sub"), await store.exists("file/below")], [false, false]);
    await assertRejects(() => store.size("sub"), LacunaError, `cannot read ${folder}/sub: expected a file`);
    await assertRejects(() => store.write("file/below"), LacunaError, "a part of the path is a file");
    await assertRejects(() => store.write("sub"), LacunaError, "it is a folder, expected a file");
    await assertRejects(
      () => store.list("gone/"),
      LacunaError,
      `cannot list ${folder}/gone: there is no such`,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("DenoStore takes links for what they lead to, and those that lead nowhere for nothing", async () => {
  const folder = await Deno.makeTempDir();
  try {
    // As in the cache of Hugging Face: files of a model are links to where their bytes are.
    await Deno.mkdir(`${folder}/blobs`);
    await Deno.writeTextFile(`${folder}/blobs/ba78`, "abc");
    await Deno.mkdir(`${folder}/model`);
    const store = new DenoStore(`${folder}/model`);
    const links = { "config.json": "../blobs/ba78", gone: "nowhere", round: "round", sub: "../blobs" };
    for (const [name, target] of Object.entries(links)) await Deno.symlink(target, store.locate(name));
    assertEquals(await store.list(""), ["config.json"]);
    assertEquals(await Promise.all(Object.keys(links).map((name) => store.exists(name))), [
      ...[true, false, false, false],
    ]);
    assertEquals(Object.keys(await hashModel(store, { scratch: true })), ["config.json"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("DenoStore over the working folder writes there and makes no folder", async () => {
  const before = Deno.cwd();
  const folder = await Deno.makeTempDir();
  try {
    Deno.chdir(folder);
    const sink = await new DenoStore(".").write("model");
    await sink.write(Uint8Array.of(1));
    await sink.close();
    assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["model"]);
  } finally {
    Deno.chdir(before);
    await Deno.remove(folder, { recursive: true });
  }
});

const mayRun = (await Deno.permissions.query({ name: "run", command: "deno" })).state === "granted";

Deno.test(
  "a lock is another process's until it is killed (needs --allow-run=deno)",
  { ignore: !mayRun },
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      const module = new URL("../../../src/cli/files/deno_store.ts", import.meta.url);
      await Deno.writeTextFile(
        `${folder}/hold.ts`,
        `import { DenoStore } from ${JSON.stringify(module.href)};
        console.log(await new DenoStore(${JSON.stringify(folder)}).lock("name") !== undefined);
        setInterval(() => {}, 1000);`,
      );
      const config = new URL("../../../deno.json", import.meta.url).pathname;
      const holder = new Deno.Command("deno", {
        args: [
          "run",
          "--no-prompt",
          "--allow-read",
          "--allow-write",
          "--config",
          config,
          `${folder}/hold.ts`,
        ],
        stdout: "piped",
      }).spawn();
      const reader = holder.stdout.getReader();
      assertEquals(new TextDecoder().decode((await reader.read()).value), "true\n");
      const store = new DenoStore(folder);
      assertEquals(await store.lock("name"), undefined);
      holder.kill("SIGKILL");
      await holder.status;
      await reader.cancel();
      const lock = await store.lock("name");
      assert(lock !== undefined);
      await lock!.release();
      assertEquals(await store.list(""), ["hold.ts"]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

Deno.test("DenoStore reads beyond 4 GiB", async () => {
  const file = await Deno.makeTempFile();
  try {
    using handle = await Deno.open(file, { write: true });
    const far = 5 * 2 ** 30;
    await handle.truncate(far); // sparse: takes no space
    await handle.seek(far - 3, Deno.SeekMode.Start);
    await handle.write(Uint8Array.of(1, 2, 3));
    const [, folder, name] = /^(.*)[\\/](.*)$/.exec(file)!;
    const store = new DenoStore(folder);
    assertEquals(await store.size(name), far);
    assertEquals(await store.read(name, far - 4, far), Uint8Array.of(0, 1, 2, 3));
  } finally {
    await Deno.remove(file);
  }
});

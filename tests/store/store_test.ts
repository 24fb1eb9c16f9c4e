import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { DenoStore } from "../../src/cli/files/deno_store.ts";
import { CheckpointError, LacunaError } from "../../src/errors.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { lockFolder } from "../../src/store/folder_lock.ts";
import { readJson, readText, removePartialFiles, type Store, writeAtomic } from "../../src/store/store.ts";
import { failEachOperation, hookedStore } from "./hooked_store.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

/** One text for every store that can write. */
const stores: Record<string, (body: (store: Store) => Promise<void>) => Promise<void>> = {
  MemoryStore: (body) => body(new MemoryStore()),
  DenoStore: async (body) => {
    const folder = await Deno.makeTempDir();
    try {
      await body(new DenoStore(`${folder}/made/on/demand`));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
};

async function put(store: Store, path: string, content: Uint8Array | string) {
  const sink = await store.write(path);
  await sink.write(typeof content === "string" ? new TextEncoder().encode(content) : content);
  await sink.close();
}

for (const [name, withStore] of Object.entries(stores)) {
  Deno.test(`${name} gives back the bytes of a range, in a buffer of their own`, () =>
    withStore(async (store) => {
      const sink = await store.write("a.bin");
      const piece = bytes(1, 2, 3);
      await sink.write(piece);
      piece.fill(9);
      await sink.write(bytes(4, 5));
      await sink.close();
      assertEquals(await store.size("a.bin"), 5);
      const middle = await store.read("a.bin", 1, 4);
      assertEquals(middle, bytes(2, 3, 4));
      assertEquals(middle.buffer.byteLength, 3);
      assertEquals(await store.read("a.bin", 5, 5), bytes());
    }));

  Deno.test(`${name} refuses a range beyond the file, and says how far the file goes`, () =>
    withStore(async (store) => {
      await put(store, "a.bin", bytes(1, 2, 3));
      await assertRejects(() => store.read("a.bin", 1, 5), LacunaError, "found");
    }));

  Deno.test(`${name} names a missing file in each operation`, () =>
    withStore(async (store) => {
      await put(store, "there", bytes());
      assertEquals([await store.exists("there"), await store.exists("gone")], [true, false]);
      for (
        const operation of [
          () => store.size("gone"),
          () => store.read("gone", 0, 1),
          () => store.rename("gone", "other"),
          () => store.remove("gone"),
        ]
      ) await assertRejects(operation, LacunaError, `${store.locate("gone")}`);
    }));

  Deno.test(`${name} lists the files of one folder by prefix, sorted`, () =>
    withStore(async (store) => {
      for (const path of ["b", "a-2", "a-1", "model/a-3", "model/deep/x"]) await put(store, path, bytes());
      assertEquals(await store.list(""), ["a-1", "a-2", "b"]);
      assertEquals(await store.list("a-"), ["a-1", "a-2"]);
      assertEquals(await store.list("model/"), ["model/a-3"]);
    }));

  Deno.test(`${name} replaces a file on rename and forgets it on remove`, () =>
    withStore(async (store) => {
      await put(store, "old", "old");
      await put(store, "new", "new");
      await store.rename("new", "old");
      assertEquals(await readText(store, "old"), "new");
      assertEquals(await store.list(""), ["old"]);
      await store.remove("old");
      assertEquals(await store.list(""), []);
    }));

  Deno.test(`a file of ${name} has another version when it was replaced, and else the same`, () =>
    withStore(async (store) => {
      for (const path of ["file", "same", "other"]) await put(store, path, "x");
      const version = await store.version!("file");
      assertEquals(await store.version!("file"), version);
      await store.rename("same", "file");
      assertNotEquals(await store.version!("file"), version);
      await store.rename("other", "file");
      assertNotEquals(await store.version!("file"), version);
    }));

  Deno.test(`${name} refuses a path that leaves it`, () =>
    withStore(async (store) => {
      for (const path of ["../a", "/a", "a//b", "./a", "", "a\0b"]) {
        await assertRejects(() => store.write(path), LacunaError, "expected a path inside the store");
      }
    }));

  Deno.test(`a folder of ${name} has one owner at a time, and beside it nothing of a lock is left`, () =>
    withStore(async (store) => {
      {
        await using _mine = await lockFolder(store, "run");
        await assertRejects(() => lockFolder(store, "run"), LacunaError, "that no other process works in");
        await using _other = await lockFolder(store, "run/inside");
      }
      await using _mine = await lockFolder(store, "run");
      await put(store, "run/file", "x");
      const found = await store.list("run/");
      assertEquals(found.filter((path) => path !== "run/.lacuna.lock"), ["run/file"]);
    }));

  Deno.test(`two writers of one file of ${name} do not touch each other's bytes`, () =>
    withStore(async (store) => {
      await writeAtomic(store, "file", async (first) => {
        await first.write(bytes(1));
        await writeAtomic(store, "file", (second) => second.write(bytes(7, 7, 7)));
        assertEquals(await store.read("file", 0, 3), bytes(7, 7, 7));
        await first.write(bytes(2));
      });
      assertEquals(await store.read("file", 0, await store.size("file")), bytes(1, 2));
      assertEquals(await store.list(""), ["file"]);
    }));

  Deno.test(`removePartialFiles() takes from ${name} what killed writers left, and no other file`, () =>
    withStore(async (store) => {
      const others = ["a.partial", "book.pdf.partial", "file"];
      const kill = new Error("killed");
      for (const dir of ["", "sub/"]) {
        for (const path of others) await put(store, dir + path, "mine");
        const killed = hookedStore(store, ({ kind }) => {
          if (kind === "rename" || kind === "abort") throw kill;
        });
        await assertRejects(() => writeAtomic(killed, `${dir}file`, (sink) => sink.write(bytes(1))));
        assertEquals((await store.list(dir)).length, 4);
      }
      await removePartialFiles(store, "sub");
      assertEquals(await store.list("sub/"), others.map((path) => `sub/${path}`));
      await removePartialFiles(store, "");
      assertEquals(await store.list(""), others);
    }));

  for (const persistent of [false, true]) {
    const kind = persistent ? "from the Nth operation on everything" : "the Nth operation";
    Deno.test(`writeAtomic() on ${name} leaves the old file whole when ${kind} fails`, () =>
      withStore(async (store) => {
        await put(store, "file", "old and whole");
        const faults = await failEachOperation(
          { makeStore: () => store, persistent },
          (faulty) =>
            writeAtomic(faulty, "file", async (sink) => {
              await sink.write(bytes(1));
              await sink.write(bytes(2));
            }),
          async () => {
            assertEquals(await readText(store, "file"), "old and whole");
            if (!persistent) assertEquals(await store.list(""), ["file"]);
          },
        );
        assertEquals(faults, 5); // open, two writes, close, rename
        assertEquals(await store.read("file", 0, 2), bytes(1, 2));
        await removePartialFiles(store, "");
        assertEquals(await store.list(""), ["file"]);
      }));
  }
}

Deno.test("writeAtomic() rejects with what the writer threw and removes the partial file", async () => {
  const store = new MemoryStore({ file: "old" });
  await assertRejects(
    () => writeAtomic(store, "file", () => Promise.reject(new RangeError("mine"))),
    RangeError,
  );
  assertEquals(await store.list(""), ["file"]);
});

Deno.test("readJson() names the file and the place where the JSON breaks", async () => {
  const store = new MemoryStore({ "config.json": '{"a": 1,}' });
  await assertRejects(
    () => readJson(store, "config.json"),
    CheckpointError,
    "config.json: expected JSON, found",
  );
});

Deno.test("readText() refuses what is longer than a text can be, before it is read", async () => {
  const store = hookedStore(new MemoryStore({ a: "" }), () => assert(false, "it was read"));
  const huge = { ...store, size: () => Promise.resolve(2 ** 29) };
  await assertRejects(
    () => readText(huge, "a"),
    CheckpointError,
    "a: expected at most 536870888 bytes, found 536870912",
  );
});

Deno.test("readText() drops a byte order mark and refuses what is not UTF-8", async () => {
  const store = new MemoryStore({ marked: bytes(0xef, 0xbb, 0xbf, 0x61), broken: bytes(0x61, 0xff) });
  assertEquals(await readText(store, "marked"), "a");
  await assertRejects(() => readText(store, "broken"), CheckpointError, "broken: expected UTF-8 text");
});

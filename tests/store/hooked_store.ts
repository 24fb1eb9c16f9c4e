/** A store that lets a test watch every operation, or make one fail. */

import type { Store } from "../../src/store/store.ts";

/** What is about to be done, with its arguments. `open`, `append` and `close` are the parts of a write. */
export type Operation =
  | { kind: "read"; path: string; start: number; end: number }
  | { kind: "open" | "append" | "close" | "abort" | "rename" | "remove" | "lock"; path: string };

/** `store`, with `before` called in front of each operation on contents; what it throws is what the operation rejects with. */
export function hookedStore(store: Store, before: (operation: Operation) => void): Store {
  return {
    locate: (path) => store.locate(path),
    exists: (path) => store.exists(path),
    size: (path) => store.size(path),
    list: (prefix) => store.list(prefix),
    async read(path, start, end) {
      before({ kind: "read", path, start, end });
      return await store.read(path, start, end);
    },
    async write(path) {
      before({ kind: "open", path });
      const sink = await store.write(path);
      return {
        async write(bytes) {
          before({ kind: "append", path });
          await sink.write(bytes);
        },
        async close() {
          before({ kind: "close", path });
          await sink.close();
        },
        async abort() {
          before({ kind: "abort", path });
          await sink.abort();
        },
      };
    },
    async rename(from, to) {
      before({ kind: "rename", path: from });
      await store.rename(from, to);
    },
    async remove(path) {
      before({ kind: "remove", path });
      await store.remove(path);
    },
    async lock(path) {
      before({ kind: "lock", path });
      return await store.lock?.(path);
    },
  };
}

/** Runs `action` on a store whose operation number 0 fails, then number 1, ... until a run passes; `after` each failure. */
export async function failEachOperation(
  { makeStore, persistent }: { makeStore: () => Store; persistent: boolean },
  action: (store: Store) => Promise<void>,
  after: (store: Store) => Promise<void>,
): Promise<number> {
  for (let failing = 0;; failing++) {
    const store = makeStore();
    let count = 0;
    const faulty = hookedStore(store, ({ kind }) => {
      if (kind === "read") return;
      const number = count++;
      if (number === failing || persistent && number > failing) throw new Error(`injected into ${kind}`);
    });
    try {
      await action(faulty);
      return failing;
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith("injected"))) throw error;
      await after(store);
    }
  }
}

/** A store that lets a test watch every operation, or make one fail. */

import type { Store } from "../../src/store/store.ts";

/** What is about to be done, with its arguments. `open`, `append` and `close` are the parts of a write. */
export type Operation =
  | { kind: "read"; path: string; start: number; end: number }
  | { kind: "exists" | "size" | "list" | "version"; path: string }
  | { kind: "open" | "append" | "close" | "abort" | "rename" | "remove" | "lock"; path: string };

/**
 * `store`, with `before` called in front of each operation; what it throws is what the operation rejects
 * with.
 */
export function hookedStore(store: Store, before: (operation: Operation) => void): Store {
  return {
    locate: (path) => store.locate(path),
    async exists(path) {
      before({ kind: "exists", path });
      return await store.exists(path);
    },
    async size(path) {
      before({ kind: "size", path });
      return await store.size(path);
    },
    async list(path) {
      before({ kind: "list", path });
      return await store.list(path);
    },
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
    ...store.version && {
      async version(path: string) {
        before({ kind: "version", path });
        return await store.version!(path);
      },
    },
    async lock(path) {
      before({ kind: "lock", path });
      return await store.lock?.(path);
    },
  };
}

/** Operations that change nothing. */
const READING = ["read", "exists", "size", "list", "version"];

/**
 * Runs `action` on a store whose operation number 0 fails, then number 1, ... until it has no more; `after`
 * each fault, which the action may get over.
 *
 * @param options `persistent`: all later ones fail, too, as after a kill; `reading`: also those that change
 * nothing
 */
export async function failEachOperation<S extends Store>(
  { makeStore, persistent, reading = false }: {
    makeStore: () => S | Promise<S>;
    persistent: boolean;
    reading?: boolean;
  },
  action: (store: Store) => Promise<void>,
  after: (store: S) => Promise<void>,
): Promise<number> {
  for (let failing = 0;; failing++) {
    const store = await makeStore();
    let count = 0;
    const faulty = hookedStore(store, ({ kind }) => {
      if (!reading && READING.includes(kind)) return;
      const number = count++;
      if (number === failing || persistent && number > failing) throw new Error(`injected into ${kind}`);
    });
    try {
      await action(faulty);
      if (count <= failing) return failing;
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith("injected"))) throw error;
    }
    await after(store);
  }
}

/**
 * The files of this process, with a look at each call, and with calls that fail as the system lets them fail.
 */

type Files = Record<string, (...given: unknown[]) => unknown>;

/** What commands call of `Deno` to reach files. */
const CALLS = [
  ...[
    "open",
    "stat",
    "lstat",
    "mkdir",
    "rename",
    "remove",
    "realPath",
    "readLink",
    "makeTempFile",
    "makeTempDir",
  ],
  ...["readFile", "readTextFile", "writeFile", "writeTextFile", "readDir", "copyFile", "truncate"],
  ...[
    "removeSync",
    "openSync",
    "statSync",
    "lstatSync",
    "mkdirSync",
    "renameSync",
    "readFileSync",
    "realPathSync",
  ],
  ...["readTextFileSync", "writeTextFileSync", "writeFileSync"],
];
/** What they call of an open file; closing gives back what there is and cannot fail. */
const FILE_CALLS = [
  "read",
  "write",
  "sync",
  "seek",
  "stat",
  "truncate",
  "tryLock",
  "lock",
  "readSync",
  "writeSync",
];

/**
 * Calls `before` in front of each call, with the bytes that it would write; what it throws is how the call
 * ends.
 */
export function hookFiles(before: (call: string, bytes: number) => void): Disposable {
  const deno = Deno as unknown as Files;
  const whole = new Map(CALLS.filter((name) => name in deno).map((name) => [name, deno[name]]));
  for (const [name, call] of whole) {
    deno[name] = (...given) => {
      const check = () => before(name, name.startsWith("write") ? sizeOf(given[1]) : 0);
      if (name === "readDir") return listed(check, () => call(...given) as AsyncIterable<unknown>);
      if (name.endsWith("Sync")) {
        check();
        return call(...given);
      }
      return after(check, () => call(...given)).then((result) =>
        name === "open" ? hooked(result, before) : result
      );
    };
  }
  return {
    [Symbol.dispose]() {
      for (const [name, call] of whole) deno[name] = call;
    },
  };
}

async function after(check: () => void, call: () => unknown): Promise<unknown> {
  check();
  return await call();
}

async function* listed(check: () => void, list: () => AsyncIterable<unknown>): AsyncGenerator<unknown> {
  check();
  yield* list();
}

function hooked(file: unknown, before: (call: string, bytes: number) => void): unknown {
  return new Proxy(file as object, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      if (!FILE_CALLS.includes(String(name))) return value.bind(target);
      return (...given: unknown[]) => {
        const check = () =>
          before(`file.${String(name)}`, String(name).startsWith("write") ? sizeOf(given[0]) : 0);
        if (!String(name).endsWith("Sync")) return after(check, () => value.apply(target, given));
        check();
        return value.apply(target, given);
      };
    },
  });
}

function sizeOf(content: unknown): number {
  return (content as { readonly length?: number }).length ?? 0;
}

/** The error of a medium that cannot be read or written. */
export function ioError(): Error {
  return Object.assign(new Error("Input/output error (os error 5)"), { code: "EIO" });
}

/** The error of a full disk. */
export function fullDisk(): Error {
  return Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });
}

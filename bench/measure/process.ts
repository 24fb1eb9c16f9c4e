/** A program to run: path, then arguments. */
export type Command = readonly [string, ...string[]];

/** Runs a program and gives the JSON of its last line; throws what it said where it fails. */
export async function runJson<T>([path, ...args]: Command): Promise<T> {
  const { success, stdout, stderr } = await new Deno.Command(path, { args, stderr: "piped" }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (!success) throw new Error(`${[path, ...args].join(" ")} failed: ${text(stderr) || text(stdout)}`);
  return JSON.parse(text(stdout).split("\n").at(-1)!);
}

/** A program of ours in a process of its own, with all permissions. */
export function own(file: URL, ...args: string[]): Command {
  return [Deno.execPath(), "run", "--no-lock", "-A", file.pathname, ...args];
}

/**
 * Runs every contender once a round, one after the other, and gives what each said, round by round. A process
 * each time, so that none inherits warm caches or a grown heap.
 *
 * @param contenders their commands by name
 */
export async function alternate<T>(
  contenders: ReadonlyMap<string, Command>,
  { rounds, onResult }: { rounds: number; onResult: (name: string, round: number, result: T) => void },
): Promise<Map<string, T[]>> {
  const results = new Map<string, T[]>([...contenders.keys()].map((name) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const [name, command] of contenders) {
      const result = await runJson<T>(command);
      results.get(name)!.push(result);
      onResult(name, round, result);
    }
  }
  return results;
}

/** Most memory that this process ever had, in bytes (`VmHWM`, Linux). */
export function peakMemory(): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)![1]) * 1024;
}

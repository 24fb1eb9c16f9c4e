/**
 * Files of strangers, damaged in seeded ways: each is opened or refused in a sentence, soon, and with memory
 * in proportion to the file.
 */

import fc from "fast-check";
import { getHeapStatistics } from "node:v8";
import { LacunaError } from "../../src/errors.ts";
import { type Fuzzed, targetOf } from "./fuzz_targets.ts";

/** How much damage is tried. */
export interface FuzzOptions {
  readonly cases: number;
  readonly seed: number;
}

/** What came of it. */
export interface FuzzFigures {
  readonly cases: number;
  /** Files that could be opened all the same. */
  readonly opened: number;
  /** Characters of the longest refusal. */
  readonly longest: number;
  /** Milliseconds of the slowest case. */
  readonly slowest: number;
  /** The most memory that a case asked for, as a share of what it may. */
  readonly memory: number;
}

/** Characters of a refusal, at most. */
export const LONGEST_MESSAGE = 300;
/** Milliseconds a case may take, on a machine that has other things to do. */
const LONGEST_CASE = 20_000;
/** A case may ask for so many times what the good file does, plus so many times its own bytes. */
const MEMORY_FACTOR = 10;
/** What the engine takes for itself now and then, whatever the case. */
const MEMORY_NOISE = 16 * 2 ** 20;

/**
 * Opens a file in so many damaged forms.
 *
 * @param begin is called before each case
 * @throws with the smallest damage that is answered wrongly, and with what repeats it
 */
export async function fuzz(
  name: Fuzzed,
  { cases, seed }: FuzzOptions,
  begin: () => void = () => {},
): Promise<FuzzFigures> {
  const target = await targetOf(name);
  // What is compiled at the first time and kept is not the file's.
  for (let i = 0; i < 3; i++) await target.open(target.file);
  const before = allocated();
  await target.open(target.file);
  const usual = allocated() - before;
  let [ran, opened, longest, slowest, memory] = [0, 0, 0, 0, 0];
  const property = fc.asyncProperty(target.damage, async (damage) => {
    begin();
    ran++;
    const file = damage(target.file);
    const [startTime, startBytes] = [performance.now(), allocated()];
    const refusal = await refusalOf(target.open(file));
    const time = performance.now() - startTime;
    const allowed = MEMORY_FACTOR * (usual + file.length) + MEMORY_NOISE;
    const bytes = allocated() - startBytes;
    if (refusal === undefined) opened++;
    else checkMessage(refusal);
    if (time > LONGEST_CASE) throw new Error(`${time} ms`);
    if (bytes > allowed) throw new Error(`${bytes} bytes for a file of ${file.length}`);
    longest = Math.max(longest, refusal?.length ?? 0);
    slowest = Math.max(slowest, time);
    memory = Math.max(memory, bytes / allowed);
  });
  const details = await fc.check(property, { seed, numRuns: cases });
  if (details.failed) {
    const cause = details.errorInstance;
    const reason = cause instanceof Error ? cause.stack : cause;
    throw new Error(`${name}: ${fc.defaultReportMessage(details)}\n${reason}`, { cause });
  }
  return { cases: ran, opened, longest, slowest, memory };
}

/** The message of a refusal, undefined where there is none; whatever else is thrown is a fault. */
async function refusalOf(opening: Promise<void>): Promise<string | undefined> {
  try {
    await opening;
    return undefined;
  } catch (error) {
    if (error instanceof LacunaError) return error.message;
    throw error;
  }
}

function checkMessage(message: string): void {
  if (message.length > LONGEST_MESSAGE) {
    throw new Error(`a message of ${message.length} characters: ${message}`);
  }
  if (/[\p{Cc}\u2028\u2029]/u.test(message)) {
    throw new Error(`more than one line: ${JSON.stringify(message)}`);
  }
}

/**
 * Bytes that this thread has ever asked for. What a case asks for is at least what it holds at any one time.
 */
function allocated(): number {
  const { total_allocated_bytes, external_memory } = getHeapStatistics() as unknown as Record<string, number>;
  return total_allocated_bytes + external_memory;
}

import type { CpuPass } from "../../../kernels/cpu/kernel.ts";
import { NATIVE_KERNEL } from "../../../kernels/cpu/native_matmul.ts";
import type { DeviceLostError } from "../../errors.ts";
import type { Profiler } from "../profile.ts";
import { checkKernels, type CpuCall, destroyed, type Executor, lost, type Work } from "./executor.ts";
import { PassClock } from "./pass_clock.ts";
import { control, NO_KERNEL, slotOf, SLOTS } from "./ring.ts";
import type { WorkerMessage, WorkerStart } from "./worker.ts";

/** A pass that waits for a slot of the ring. */
interface QueuedPass extends CpuPass {
  readonly op: string;
  readonly words: Uint32Array;
  readonly work: Work | undefined;
}

/** What workers need to begin. */
export interface WorkerParts extends Omit<WorkerStart, "thread" | "kernels" | "ends"> {
  readonly threads: number;
  readonly profiler?: Profiler;
  /** Starts a thread that runs worker.ts; a parameter so that tests can slow or break one. */
  readonly spawn?: () => Worker;
}

/** Passes that nobody waits for are so far away that no worker reaches them. */
const NEVER = 2 ** 30;

/** Runs passes on a pool of workers, which take the tasks of a pass in any order and the passes in theirs. */
export class WorkerExecutor implements Executor {
  readonly threads: number;
  submitted = 0;
  failure: DeviceLostError | undefined;
  readonly #words: Int32Array;
  readonly #kernels: ReadonlyMap<string, number>;
  readonly #workers: readonly Worker[];
  readonly #clock: PassClock | undefined;
  /** Passes whose completion somebody waits for. */
  readonly #targets = new Set<number>();
  readonly #lost = Promise.withResolvers<never>();
  #queue: QueuedPass[] = [];
  /** What the pass in each slot of the ring is a part of. */
  readonly #works = new Array<Work | undefined>(SLOTS);
  #published = 0;

  /** @throws {Error} if workers cannot be started here */
  static async open(
    { threads, profiler, spawn = spawnWorker, ...parts }: WorkerParts,
  ): Promise<WorkerExecutor> {
    const wasm = WebAssembly.Module.exports(parts.module).map(({ name }) => name);
    const kernels = parts.native ? [...wasm, NATIVE_KERNEL] : wasm;
    const workers: Worker[] = [];
    const clock = profiler && new PassClock(profiler);
    const executor = new WorkerExecutor(workers, { threads, memory: parts.memory, kernels, clock });
    try {
      while (workers.length < threads) workers.push(spawn());
      await Promise.all(
        workers.map((worker, thread) => start(worker, { ...parts, thread, kernels, ends: clock?.ends })),
      );
    } catch (error) {
      executor.close();
      throw error;
    }
    for (const worker of workers) {
      worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) =>
        "failure" in data && executor.#lose(data.failure);
      worker.onerror = (event) => {
        event.preventDefault();
        executor.#lose(event.message);
      };
    }
    return executor;
  }

  private constructor(
    workers: readonly Worker[],
    { threads, memory, kernels, clock }: {
      threads: number;
      memory: WebAssembly.Memory;
      kernels: readonly string[];
      clock: PassClock | undefined;
    },
  ) {
    this.threads = threads;
    this.#workers = workers;
    this.#clock = clock;
    this.#words = new Int32Array(memory.buffer);
    this.#kernels = new Map(kernels.map((name, i) => [name, i]));
    this.#lost.promise.catch(() => {});
    Atomics.store(this.#words, control.awaited, NEVER);
  }

  get completed(): number {
    return this.#published + ((Atomics.load(this.#words, control.completed) - this.#published) | 0);
  }

  submit({ op, passes, words, work }: CpuCall): void {
    if (this.failure) throw this.failure;
    checkKernels(passes, (kernel) => this.#kernels.has(kernel));
    for (const pass of passes) {
      if (pass.tasks === 0) continue;
      this.submitted++;
      if (this.#queue.length > 0 || !this.#publish({ ...pass, op, words, work })) {
        if (this.#queue.push({ ...pass, op, words: words.slice(), work }) === 1) {
          this.#drain().catch(() => {});
        }
      }
    }
    Atomics.notify(this.#words, control.published);
  }

  complete(passes: number): void {
    while (this.completed < passes) {
      if (this.failure) throw this.failure;
      // Which of them, and why, is in a message that is on its way.
      if (Atomics.load(this.#words, control.failed)) throw lost("one of its threads stopped");
      this.#move();
    }
  }

  async flush(): Promise<void> {
    await this.#until(this.submitted);
    this.#clock?.tell(this.completed);
  }

  withdraw(work: Work): void {
    work.withdrawn = true;
    for (let pass = this.completed; pass < this.#published; pass++) {
      if (this.#works[(pass >>> 0) % SLOTS] === work) this.#words[slotOf(pass).kernel] = NO_KERNEL;
    }
  }

  close(): void {
    // A thread that sleeps cannot be terminated: wake it by changing what it waits for.
    Atomics.store(this.#words, control.closed, 1);
    for (const word of [control.published, control.completed, control.answers]) {
      Atomics.add(this.#words, word, 1);
      Atomics.notify(this.#words, word);
    }
    for (const worker of this.#workers) worker.terminate();
    this.failure ??= destroyed();
    this.#lost.reject(this.failure);
  }

  /** Writes a pass to its slot, unless a worker may still be looking at the pass that had the slot before. */
  #publish({ op, kernel, tasks, words, work }: QueuedPass): boolean {
    const shared = this.#words;
    for (let thread = 0; thread < this.threads; thread++) {
      const behind = (this.#published - Atomics.load(shared, control.positions + thread)) | 0;
      if (behind >= SLOTS) return false;
    }
    const slot = slotOf(this.#published);
    shared[slot.kernel] = work?.withdrawn ? NO_KERNEL : this.#kernels.get(kernel)!;
    this.#works[(this.#published >>> 0) % SLOTS] = work;
    shared[slot.tasks] = tasks;
    shared[slot.next] = 0;
    shared[slot.done] = 0;
    shared.set(words, slot.call);
    this.#clock?.publish(this.#published, { op, kernel });
    this.#published++;
    Atomics.store(shared, control.published, this.#published | 0);
    return true;
  }

  /** Moves as many queued passes to the ring as it holds. */
  #move(): void {
    let moved = 0;
    while (moved < this.#queue.length && this.#publish(this.#queue[moved])) moved++;
    if (moved === 0) return;
    this.#queue = this.#queue.slice(moved);
    Atomics.notify(this.#words, control.published);
  }

  /** Moves queued passes to the ring whenever a part of it is done. */
  async #drain(): Promise<void> {
    for (;;) {
      this.#move();
      if (this.#queue.length === 0) return;
      if (this.completed < this.#published) {
        await this.#until(Math.min(this.completed + SLOTS / 8, this.#published));
      } else {
        // Everything is done, but a worker has not woken up since and still stands at an old slot.
        await new Promise((resolve) => setTimeout(resolve, 1));
        if (this.failure) return;
      }
    }
  }

  /** Waits until so many passes are complete. */
  async #until(target: number): Promise<void> {
    this.#targets.add(target);
    try {
      while (this.completed < target) {
        const seen = Atomics.load(this.#words, control.answers);
        Atomics.store(this.#words, control.awaited, Math.min(...this.#targets) | 0);
        if (this.completed >= target) break;
        await Promise.race([answer(this.#words, seen), this.#lost.promise]);
      }
      if (this.failure) throw this.failure;
    } finally {
      this.#targets.delete(target);
      Atomics.store(this.#words, control.awaited, (Math.min(...this.#targets, this.completed + NEVER)) | 0);
    }
  }

  #lose(cause: string): void {
    this.failure ??= lost(cause);
    this.close();
  }
}

/** Gives a worker what it needs and waits until it is ready. */
function start(worker: Worker, message: WorkerStart): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) =>
      "failure" in data ? reject(new Error(data.failure)) : resolve();
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message || "its program could not be loaded"));
    };
    worker.postMessage(message);
  });
}

function spawnWorker(): Worker {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
}

/** Resolves when workers answer after the answer number `seen`; without waitAsync after a millisecond. */
async function answer(words: Int32Array, seen: number): Promise<void> {
  if (!("waitAsync" in Atomics)) return await new Promise((resolve) => setTimeout(resolve, 1));
  await Atomics.waitAsync(words, control.answers, seen).value;
}

import { assertEquals, assertRejects } from "@std/assert";
import type { Device, HostData, View } from "../../src/device/device.ts";
import { TrainingError } from "../../src/errors.ts";
import type { AdamW } from "../../src/optim/adamw.ts";
import { LossLog } from "../../src/run/loss_log.ts";

/**
 * A device that answers reads, with the losses that were there at the call, and flushes when the test says
 * so.
 */
function slowDevice(kind: Device["kind"]) {
  let losses = new Float32Array();
  const reads: (() => void)[] = [];
  const flushes: (() => void)[] = [];
  const device = {
    kind,
    allocate: (dtype: View["dtype"], length: number): View => {
      losses = new Float32Array(length);
      return { buffer: { byteLength: length * 4 }, dtype, offset: 0, length };
    },
    clear: () => void losses.fill(0),
    read: () => {
      const seen = losses.slice();
      return new Promise<HostData>((resolve) => reads.push(() => resolve(seen)));
    },
    flush: () => new Promise<void>((resolve) => flushes.push(resolve)),
  };
  return {
    device: device as unknown as Device,
    reads,
    flushes,
    write: ({ tagging }: { tagging: View }, loss: number) => void (losses[tagging.offset] = loss),
  };
}

/** A log for an optimiser that skipped so many steps, with a clock that a test sets. */
function newLog({ skipped = 0, kind = "webgpu" }: { skipped?: number; kind?: Device["kind"] } = {}) {
  const { device, reads, flushes, write } = slowDevice(kind);
  const told: [step: number, loss: number][] = [];
  let now = 5000;
  const log = new LossLog<{ step: number }>(
    device,
    ({ step }, { loss }) => told.push([step, loss]),
    { now: () => now },
  );
  const optimizer = { state: () => Promise.resolve({ norm: 1, skipped }) } as unknown as AdamW;
  return {
    log,
    told,
    reads,
    flushes,
    flush: () => log.flush(optimizer),
    push: (step: number, loss: number = step) => {
      write(log.next(), loss);
      return log.push({ step }, optimizer);
    },
    pass: (milliseconds: number) => void (now += milliseconds),
    /** Answers a read, so many milliseconds after what was before. */
    async answer(read: number, milliseconds: number) {
      await new Promise((resolve) => setTimeout(resolve));
      now += milliseconds;
      reads[read]();
      await new Promise((resolve) => setTimeout(resolve));
    },
  };
}

/** Whether a promise is fulfilled by now. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  const waited = new Promise((resolve) => setTimeout(() => resolve("waited")));
  return await Promise.race([promise, waited]) !== "waited";
}

Deno.test("the first step and slow ones are waited for; others are enqueued while the one before them is read", async () => {
  const { push, answer, told } = newLog({ kind: "cpu" });
  const first = push(1);
  assertEquals(await isDone(first), false);
  await answer(0, 20);
  assertEquals([await isDone(first), told], [true, [[1, 1]]]);
  assertEquals(await isDone(push(2)), true);
  const third = push(3);
  assertEquals([await isDone(third), told], [false, [[1, 1]]]);
  await answer(1, 251);
  assertEquals([await isDone(third), told], [false, [[1, 1], [2, 2]]]);
  await answer(2, 20);
  assertEquals([await isDone(third), told], [true, [[1, 1], [2, 2], [3, 3]]]);
  assertEquals(await isDone(push(4)), true);
});

Deno.test("short steps of a GPU are read together, as many as take a tenth of a second but ten at most", async () => {
  for (const [milliseconds, together] of [[5, 10], [20, 5], [100, 1], [249, 1]]) {
    const { push, answer, flush, told, reads } = newLog();
    const first = push(1);
    await answer(0, milliseconds);
    await first;
    for (let step = 2; step <= together; step++) await push(step);
    assertEquals(reads.length, 1);
    await push(together + 1);
    assertEquals(reads.length, 2, `${milliseconds} ms`);
    const flushed = flush();
    await answer(1, milliseconds * together);
    await flushed;
    assertEquals(told, Array.from({ length: together + 1 }, (_, i) => [i + 1, i + 1]));
  }
});

Deno.test("what lies between two steps is no time of a step", async () => {
  const { push, answer, pass } = newLog({ kind: "cpu" });
  const first = push(1);
  await answer(0, 20);
  await first;
  await push(2);
  await answer(1, 20);
  pass(10_000); // as an evaluation does
  await push(3);
  await answer(2, 20);
  assertEquals(await isDone(push(4)), true);
});

Deno.test("a micro-batch of a slow step is waited for, until the signal comes: then it is withdrawn", async () => {
  const { log, push, answer, flushes } = newLog();
  const controller = new AbortController();
  let withdrawn = 0;
  const part = { withdraw: () => void withdrawn++ };
  log.next();
  const pause = log.pause(part, controller.signal);
  assertEquals(await isDone(pause), false);
  flushes[0]();
  assertEquals([await isDone(pause), withdrawn], [true, 0]);
  const ended = log.pause(part, controller.signal).catch((error) => error);
  controller.abort();
  assertEquals([await ended, withdrawn], [controller.signal.reason, 1]);

  const first = push(1);
  await answer(0, 20);
  await first;
  assertEquals([await isDone(log.pause(part)), flushes.length], [true, 2]);
  const soon = await log.pause(part, controller.signal).catch((error) => error);
  assertEquals([soon, withdrawn], [controller.signal.reason, 2]);
});

Deno.test("a loss that is not finite is thrown by the step that waits for it, or by flush()", async () => {
  const { answer, push, flush } = newLog();
  const first = push(1, NaN);
  first.catch(() => {});
  await answer(0, 20);
  await assertRejects(() => first, TrainingError, "found loss NaN by step 1");
  await assertRejects(flush, TrainingError, "found loss NaN by step 1");
});

Deno.test("gradients that are not finite are thrown though the loss is finite, once it is told", async () => {
  const { answer, told, push } = newLog({ skipped: 1 });
  const first = push(1);
  first.catch(() => {});
  await answer(0, 20);
  await assertRejects(() => first, TrainingError, "found gradients that are not finite by step 1");
  assertEquals(told, [[1, 1]]);
});

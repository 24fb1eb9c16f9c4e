import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Device, HostData, View } from "../../src/device/device.ts";
import { TrainingError } from "../../src/errors.ts";
import type { AdamW } from "../../src/optim/adamw.ts";
import { LossLog } from "../../src/run/loss_log.ts";

/** A device whose reads are answered when the test says so, with the losses that were there at the call. */
function slowDevice() {
  let losses = new Float32Array();
  const answers: (() => void)[] = [];
  const device = {
    allocate: (dtype: View["dtype"], length: number): View => {
      losses = new Float32Array(length);
      return { buffer: { byteLength: length * 4 }, dtype, offset: 0, length };
    },
    clear: () => void losses.fill(0),
    read: () => {
      const seen = losses.slice();
      return new Promise<HostData>((resolve) => answers.push(() => resolve(seen)));
    },
  };
  return {
    device: device as unknown as Device,
    answers,
    write: ({ tagging }: { tagging: View }, loss: number) => void (losses[tagging.offset] = loss),
  };
}

/** A log for an optimiser that skipped so many steps. */
function newLog({ skipped = 0 } = {}) {
  const { device, answers, write } = slowDevice();
  const told: [step: number, loss: number][] = [];
  const log = new LossLog<{ step: number }>(device, ({ step }, { loss }) => told.push([step, loss]));
  const optimizer = { state: () => Promise.resolve({ norm: 1, skipped }) } as unknown as AdamW;
  const push = (step: number, loss: number = step) => {
    write(log.next(), loss);
    return log.push({ step }, optimizer);
  };
  return { log, answers, told, push, flush: () => log.flush(optimizer) };
}

Deno.test("the steps after a read are enqueued before its losses are there, and wait only for the read before", async () => {
  const { flush, answers, told, push } = newLog();
  await push(1); // the first read begins, and nobody waits for it
  assertEquals([answers.length, told], [1, []]);
  const second = push(2);
  answers[0]();
  await second;
  assertEquals(told, [[1, 1]]);
  const flushed = flush();
  while (told.length < 2) {
    answers.forEach((answer) => answer());
    await new Promise((resolve) => setTimeout(resolve));
  }
  await flushed;
  assertEquals(told, [[1, 1], [2, 2]]);
});

Deno.test("fast steps are read ten at a time, and every loss is told once and in order", async () => {
  const { flush, answers, told, push } = newLog();
  const answering = setInterval(() => answers.forEach((answer) => answer()), 1);
  for (let step = 1; step <= 95; step++) await push(step);
  await flush();
  clearInterval(answering);
  assertEquals(told, Array.from({ length: 95 }, (_, i) => [i + 1, i + 1]));
  assert(answers.length < 15, `${answers.length} reads`);
});

Deno.test("a loss that is not finite is thrown by the step that waits for it, or by flush()", async () => {
  const { answers, push } = newLog();
  await push(1, NaN);
  answers[0]();
  await assertRejects(() => push(2), TrainingError, "found loss NaN by step 1");
  const { flush, answers: asked, push: pushOther } = newLog();
  await pushOther(1, Infinity);
  asked[0]();
  await assertRejects(flush, TrainingError, "found loss Infinity by step 1");
});

Deno.test("gradients that are not finite are thrown though the loss is finite, once it is told", async () => {
  const { answers, told, push, flush } = newLog({ skipped: 1 });
  await push(1);
  answers[0]();
  await assertRejects(flush, TrainingError, "found gradients that are not finite by step 1");
  assertEquals(told, [[1, 1]]);
});

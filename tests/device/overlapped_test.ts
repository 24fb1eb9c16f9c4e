import { assertEquals, assertRejects } from "@std/assert";
import { overlapped } from "../../src/device/overlapped.ts";

const device = { withdrawable: <T>(enqueue: () => T) => ({ result: enqueue(), withdraw() {} }) };

Deno.test("overlapped() gives results in order, each after the next item was started", async () => {
  const story: string[] = [];
  const start = (item: number) => {
    story.push(`start ${item}`);
    return new Promise<number>((resolve) => setTimeout(() => resolve(item), 5 - item));
  };
  for await (const result of overlapped([1, 2, 3], start, { device })) story.push(`result ${result}`);
  assertEquals(story, ["start 1", "start 2", "result 1", "start 3", "result 2", "result 3"]);
});

Deno.test("overlapped() of nothing gives nothing", async () => {
  assertEquals(await Array.fromAsync(overlapped([], () => Promise.resolve(1), { device })), []);
});

Deno.test("a failure is thrown when its turn comes, and what was started after it ends unseen", async () => {
  const results: number[] = [];
  const start = (item: number) =>
    item > 1 ? Promise.reject(new RangeError(`item ${item}`)) : Promise.resolve(item);
  await assertRejects(
    async () => {
      for await (const result of overlapped([1, 2, 3], start, { device })) results.push(result);
    },
    RangeError,
    "item 2",
  );
  assertEquals(results, [1]);
});

Deno.test("an abort ends the wait for a result, and what the device was given is withdrawn", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const withdrawn: number[] = [];
  // Its results come when they are withdrawn, but for the first one.
  const device = {
    withdrawable<T>(enqueue: () => T) {
      const result = enqueue();
      const { item, resolve } = works.at(-1)!;
      const withdraw = () => {
        withdrawn.push(item);
        resolve(item);
      };
      return { result, withdraw };
    },
  };
  const works: { item: number; resolve: (item: number) => void }[] = [];
  const start = (item: number) => {
    const { promise, resolve } = Promise.withResolvers<number>();
    works.push({ item, resolve });
    if (item === 1) resolve(item);
    if (item === 3) setTimeout(() => controller.abort(), 1);
    return promise;
  };
  const results: number[] = [];
  const reason = await (async () => {
    for await (const result of overlapped([1, 2, 3, 4], start, { device, signal })) results.push(result);
  })().catch((error) => error);
  assertEquals([reason, results, withdrawn], [signal.reason, [1], [2, 3]]);
});

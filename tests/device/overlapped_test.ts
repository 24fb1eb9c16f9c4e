import { assertEquals, assertRejects } from "@std/assert";
import { overlapped } from "../../src/device/overlapped.ts";

Deno.test("overlapped() gives results in order, each after the next item was started", async () => {
  const story: string[] = [];
  const start = (item: number) => {
    story.push(`start ${item}`);
    return new Promise<number>((resolve) => setTimeout(() => resolve(item), 5 - item));
  };
  for await (const result of overlapped([1, 2, 3], start)) story.push(`result ${result}`);
  assertEquals(story, ["start 1", "start 2", "result 1", "start 3", "result 2", "result 3"]);
});

Deno.test("overlapped() of nothing gives nothing", async () => {
  assertEquals(await Array.fromAsync(overlapped([], () => Promise.resolve(1))), []);
});

Deno.test("a failure is thrown when its turn comes, and what was started after it ends unseen", async () => {
  const results: number[] = [];
  const start = (item: number) =>
    item > 1 ? Promise.reject(new RangeError(`item ${item}`)) : Promise.resolve(item);
  await assertRejects(
    async () => {
      for await (const result of overlapped([1, 2, 3], start)) results.push(result);
    },
    RangeError,
    "item 2",
  );
  assertEquals(results, [1]);
});

import { assert, assertEquals } from "@std/assert";
import { quote } from "../../src/json/quote.ts";

Deno.test("quote() shows a value as JSON, with what a terminal would obey or not show as escapes", () => {
  const cases: [unknown, string][] = [
    [undefined, "nothing"],
    [null, "null"],
    [-1.5, "-1.5"],
    ["B-PER", '"B-PER"'],
    ['say "\u8a9e"\n', '"say \\"\u8a9e\\"\\n"'],
    ["\x1b[2J\x9b\u202e\u2028\ud800", '"\\u001b[2J\\u009b\\u202e\\u2028\\ud800"'],
    [[2, [3, "a"]], '[2, [3, "a"]]'],
    [{ a: { b: true } }, '{"a":{"b":true}}'],
    [JSON.parse('{"__proto__":1}'), '{"__proto__":1}'],
  ];
  for (const [value, text] of cases) assertEquals(quote(value), text);
});

Deno.test("quote() is short and quick for whatever is long, wide or deep", () => {
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = i % 2 ? [deep] : { deep };
  assertEquals(quote("x".repeat(1e6)), `"${"x".repeat(64)}"...`);
  assertEquals(quote("\x07".repeat(1e6)), `"${"\\u0007".repeat(10)}"...`);
  assertEquals(quote(Array(1e6).fill(0)), `[${"0, ".repeat(22)}and 999978 more]`);
  for (const value of [deep, { ["k".repeat(1e6)]: 1 }, Array(1e5).fill(deep), [["x".repeat(1e6)]]]) {
    assert(quote(value).length < 100, quote(value));
  }
});

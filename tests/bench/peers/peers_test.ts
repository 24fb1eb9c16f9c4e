import { assertEquals, assertMatch } from "@std/assert";
import { peerCases, productFlop } from "../../../bench/peers/peer_cases.ts";
import { faultIn, type Samples } from "../../../bench/peers/peer_values.ts";
import { bestRatios, ratios, show, spread } from "../../../bench/measure/statistics.ts";

Deno.test("a spread has the middle one of odd many, and the mean of the two there of even many", () => {
  assertEquals(spread([9, 1, 4]), { median: 4, least: 1, most: 9 });
  assertEquals(spread([9, 1, 4, 6]), { median: 5, least: 1, most: 9 });
  assertEquals(show(spread([9, 1, 4]), 1), "4.0 (1.0-9.0)");
});

Deno.test("ratios are taken within each round, so that a slow round cancels", () => {
  assertEquals(ratios([2, 20], [1, 10]), { median: 2, least: 2, most: 2 });
});

Deno.test("the fastest peer of each round counts, not the one that is fastest on the whole", () => {
  const peers = [[10, 40], [20, 30]];
  assertEquals(bestRatios(peers, [5, 5]), { median: 4, least: 2, most: 6 });
});

Deno.test("FLOP of a case are those of its products: 2 forward, 7 with gradients in attention, none in softmax", () => {
  const product = { name: "", op: "matmul", m: 2, n: 3, k: 5, transposeA: 0, transposeB: 1 } as const;
  assertEquals(productFlop(product), 60);
  assertEquals(productFlop({ name: "", op: "softmax", rows: 7, columns: 9 }), 0);
  const attention = { name: "", op: "attention", lengths: [3, 1], heads: 2, headSize: 4 } as const;
  assertEquals(productFlop({ ...attention, backward: false }), 2 * 2 * 10 * 2 * 4);
  assertEquals(productFlop({ ...attention, backward: true }), 7 * 2 * 10 * 2 * 4);
});

Deno.test("names of peer cases are unique", () => {
  assertEquals(new Set(peerCases.map(({ name }) => name)).size, peerCases.length);
});

const expected = { y: [1, 2, 3, 4], dX: [1, 3] };

Deno.test("what is computed right, or not given, has no fault", () => {
  assertEquals(faultIn({ y: [1, 2, 3, 4.00001] }, expected), undefined);
  // Of gradients only every second sample is expected.
  assertEquals(faultIn({ y: expected.y, dX: [1, 99, 3, 99] }, expected), undefined);
});

for (
  const [what, found] of Object.entries<Samples>({
    "is off": { y: [1, 2, 3, 4.01] },
    "is no number": { y: [1, 2, NaN, 4] },
    "has another length": { y: [1, 2, 3] },
    "is unknown": { z: [1] },
    "is empty": { y: [] },
  })
) {
  Deno.test(`an array that ${what} is a fault, by its name`, () => {
    assertMatch(faultIn(found, expected)!, /^[yz] is wrong: relative error /);
  });
}

Deno.test("a contender that gives nothing has computed nothing", () => {
  assertEquals(faultIn({}, expected), "computed nothing");
});

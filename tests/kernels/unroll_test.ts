import { assertEquals } from "@std/assert";
import { unroll } from "../../kernels/unroll.ts";

Deno.test("unroll() repeats loops whose count is known, within each other too, and leaves all others", () => {
  const source = `for (var i = 0u; i < ROWS; i++) {
  let x = i;
  for (var j = 0u; j < COLUMNS; j++) { a[i][j] += xi; }
}
for (var k = 0u; k < depth; k++) { sum += k; }
`;
  assertEquals(
    unroll(source, { ROWS: 2, COLUMNS: 2 }),
    `{
  let x = 0u;
  { a[0u][0u] += xi; }
  { a[0u][1u] += xi; }
}
{
  let x = 1u;
  { a[1u][0u] += xi; }
  { a[1u][1u] += xi; }
}
for (var k = 0u; k < depth; k++) { sum += k; }
`,
  );
});

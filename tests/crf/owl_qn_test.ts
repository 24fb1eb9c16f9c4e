import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { owlQn, type Smooth } from "../../src/crf/owl_qn.ts";

const OPTIONS = { maxIterations: 500, tolerance: 0 };

/** `sum_i curvature_i / 2 (x_i - centre_i)^2`, of which every minimum with an L1 term is known. */
function bowl(centre: readonly number[], curvature: readonly number[]): Smooth {
  return (point, gradient) => {
    let value = 0;
    point.forEach((x, i) => {
      value += curvature[i] / 2 * (x - centre[i]) ** 2;
      gradient[i] = curvature[i] * (x - centre[i]);
    });
    return Promise.resolve(value);
  };
}

Deno.test("owlQn() finds the soft-thresholded centre of a bowl, with exact zeros (1e-4 of its slope)", async () => {
  const [centre, curvature] = [[3, -2, 0.4, -0.1, 5], [1, 10, 0.5, 100, 0.1]];
  const { point } = await owlQn(bowl(centre, curvature), new Float64Array(5), { ...OPTIONS, l1: 0.3 });
  centre.forEach((c, i) => {
    const expected = Math.sign(c) * Math.max(0, Math.abs(c) - 0.3 / curvature[i]);
    if (expected === 0) assertEquals(point[i], 0);
    else assertAlmostEquals(point[i], expected, 1e-4 / curvature[i]);
  });
});

Deno.test("owlQn() is L-BFGS where there is no L1 term: it comes through Rosenbrock's valley (1e-5)", async () => {
  const valley: Smooth = ([x, y], gradient) => {
    gradient[0] = -2 * (1 - x) - 400 * x * (y - x * x);
    gradient[1] = 200 * (y - x * x);
    return Promise.resolve((1 - x) ** 2 + 100 * (y - x * x) ** 2);
  };
  const start = Float64Array.of(-1.2, 1);
  const { point, iterations } = await owlQn(valley, start, { ...OPTIONS, l1: 0 });
  assertAlmostEquals(point[0], 1, 1e-5);
  assertAlmostEquals(point[1], 1, 1e-5);
  assert(iterations < 100, `${iterations} iterations`);
  assertEquals([...start], [-1.2, 1]);
});

Deno.test("owlQn() stays where the L1 term outweighs every slope, and ends after as many steps as it may", async () => {
  const smooth = bowl([1, -1], [1, 1]);
  const stays = await owlQn(smooth, new Float64Array(2), { ...OPTIONS, l1: 1 });
  assertEquals([...stays.point], [0, 0]);
  assertEquals(stays.iterations, 0);
  const one = await owlQn(bowl([1, 9], [1, 50]), new Float64Array(2), {
    l1: 0.1,
    maxIterations: 1,
    tolerance: 0,
  });
  assertEquals(one.iterations, 1);
});

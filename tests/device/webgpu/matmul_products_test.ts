import { assertEquals } from "@std/assert";
import { matmulProducts } from "../../../src/device/webgpu/matmul_products.ts";

Deno.test("an encoder is asked for the largest product of each class that it has", () => {
  const found = matmulProducts({ hiddenSize: 384, intermediateSize: 1536 });
  const sizes = [...found].map(([name, { m, n, k }]) => `${name}: ${m} x ${n} x ${k}`);
  assertEquals(sizes, [
    "NN: 512 x 1536 x 384",
    "NN thin: 512 x 384 x 1536",
    "NT: 512 x 1536 x 384",
    "NT thin: 512 x 384 x 1536",
    "TN: 1536 x 384 x 512",
    "TN thin: 1152 x 384 x 512",
  ]);
});

Deno.test("a small encoder has thin products only", () => {
  const found = matmulProducts({ hiddenSize: 16, intermediateSize: 24 });
  assertEquals([...found.keys()], ["NN thin", "NT thin", "TN thin"]);
});

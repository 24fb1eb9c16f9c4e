/**
 * Compiles the kernels to WASM and writes them to `kernels/cpu/wasm` as text: neither bundlers nor TypeScript
 * take `import source`, a text import works everywhere that the WGSL files do.
 *
 *     deno task build-kernels [FOLDER]
 *
 * @module
 */

import asc from "assemblyscript/asc";

const folder = new URL("../../../kernels/cpu/assembly/", import.meta.url);
const shared = ["--enable", "threads", "--sharedMemory", "--maximumMemory", "65536"];

/** What engines differ in: fused multiply-add, and memory that threads share. */
const variants: Record<string, string[]> = {
  relaxed: [...shared, "--enable", "relaxed-simd"],
  simd: shared,
  unshared: [],
};

const out = Deno.args[0] ?? new URL("../wasm", folder).pathname;
for (const [name, options] of Object.entries(variants)) {
  let wasm = new Uint8Array();
  const { error, stderr } = await asc.main([
    ...["index.ts", "--outFile", "kernels.wasm", "-O3", "--noAssert", "--runtime", "stub"],
    ...["--enable", "simd", "--importMemory", "--initialMemory", "1", "--memoryBase", "1024", ...options],
  ], {
    readFile: (file, base) => Deno.readTextFile(new URL(file, new URL(`${base}/`, folder))).catch(() => null),
    writeFile: (file, contents) => {
      if (file.endsWith(".wasm")) wasm = contents as Uint8Array<ArrayBuffer>;
    },
    listFiles: () => [],
  });
  if (error) {
    console.error(String(stderr));
    Deno.exit(1);
  }
  await Deno.writeTextFile(`${out}/${name}.base64`, `${wasm.toBase64().replace(/.{110}/g, "$&\n")}\n`);
  console.log(`${name}: ${wasm.length} bytes`);
}

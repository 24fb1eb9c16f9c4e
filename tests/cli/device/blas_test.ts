import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { findBlas, multipliesRight } from "../../../src/cli/device/blas.ts";
import { blas } from "../../../src/cli/blas/blas_main.ts";
import { OptionError } from "../../../src/errors.ts";
import { load } from "../../device/plain_gemm.ts";
import { onTerminal } from "../terminal.ts";

const repository = new URL("../../../", import.meta.url);
const mayRun = (await Deno.permissions.query({ name: "run", command: "deno" })).state === "granted";

/** Runs a module of the repository in a process that may call native code. */
async function runNative(module: string, args: string[], { cwd = repository }: { cwd?: string | URL } = {}) {
  const program = fromFileUrl(new URL(module, repository));
  const { code, stdout, stderr } = await new Deno.Command("deno", {
    args: ["run", "--no-prompt", "--allow-read", "--allow-ffi", program, ...args],
    cwd,
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

const probe = mayRun ? await runNative("tests/cli/device/blas_probe.ts", ["auto"]) : undefined;
const missing = probe?.stderr.includes("Found no BLAS library for --blas auto: install OpenBLAS");

Deno.test(
  "--blas auto multiplies right and with the same bits for 1 and 2 threads, and names the library (needs a BLAS library)",
  {
    ignore: !mayRun || missing,
  },
  () => {
    assertEquals(probe!.stderr, "");
    const { note, description, wrong, same } = JSON.parse(probe!.stdout);
    assertEquals([wrong, same], [[], true]);
    assert(note !== "" && description.endsWith(`, ${note})`), description);
  },
);

Deno.test(
  "--blas auto takes nothing from where one stands (needs a BLAS library)",
  { ignore: !mayRun || missing || Deno.build.os !== "linux" },
  async () => {
    const here = await Deno.makeTempDir();
    try {
      for (const name of ["libopenblas.so.0", "libopenblas.so", "libopenblasp.so.0"]) {
        await Deno.writeTextFile(`${here}/${name}`, "not a library");
      }
      const { stdout, stderr } = await runNative("tests/cli/device/blas_probe.ts", ["auto"], { cwd: here });
      assertEquals(stderr, "");
      assertEquals(JSON.parse(stdout).note, JSON.parse(probe!.stdout).note);
      const typed = await runNative("tests/cli/device/blas_probe.ts", ["libopenblas.so.0"], { cwd: here });
      assertStringIncludes(typed.stderr, `${here}/libopenblas.so.0 cannot be loaded (`);
    } finally {
      await Deno.remove(here, { recursive: true });
    }
  },
);

const useless: [path: string, message: string][] = [
  ["nowhere/libx.so", "there is no file nowhere/libx.so"],
  ["README.md", "README.md cannot be loaded ("],
  ["libc.so.6", "libc.so.6 has no cblas_sgemm"],
];
for (const [path, message] of useless) {
  const ignore = !mayRun || (path === "libc.so.6" && Deno.build.os !== "linux");
  Deno.test(`--blas ${path} is refused in one sentence: ${message}`, { ignore }, async () => {
    const args = ["doctor", "--device", "cpu", "--blas", path];
    const { code, stderr } = await runNative("src/cli/blas/blas_main.ts", args);
    assertEquals([code, stderr.trimEnd().split("\n").length], [1, 1]);
    assertStringIncludes(stderr, "Expected a BLAS library with --blas, but ");
    assertStringIncludes(stderr, message);
  });
}

Deno.test("without permission to call native code --blas names the task that has it", {
  permissions: { read: true, ffi: false },
}, async () => {
  for (const path of ["auto", "libblas.so.3"]) {
    await assertRejects(() => findBlas(path), OptionError, 'as in "deno task blas train"');
  }
});

Deno.test("a library is trusted if its products are exact, and not if they are wrong or leave NaN", () => {
  assertEquals(multipliesRight((memory) => load({}, memory)), true);
  assertEquals(multipliesRight((memory) => load({ factor: 1.0001 }, memory)), false);
  assertEquals(multipliesRight(() => () => {}), false);
  assertEquals(
    multipliesRight((memory) => {
      const gemm = load({}, memory);
      return (product) => gemm({ ...product, accumulate: true });
    }),
    false,
  );
});

Deno.test("deno task blas runs a command under its own name, with --blas auto unless told otherwise", async () => {
  const { exitCode, stdout } = await onTerminal(["predict", "--help"], blas);
  assertEquals(exitCode, 0);
  assertStringIncludes(stdout, "Usage: deno task blas predict [options] [FILE]");
  const named = await onTerminal(["predict", "--blas", "x", "--device", "webgpu"], blas);
  assertEquals([named.exitCode, named.stderr.split("\n")[1]], [
    2,
    'Run "deno task blas predict --help" to see the options.',
  ]);
});

Deno.test("deno task blas without a command shows its help, with another word it says which there are", async () => {
  const { exitCode, stdout } = await onTerminal([], blas);
  assertEquals(exitCode, 0);
  assertStringIncludes(stdout, "Usage: deno task blas COMMAND [options]");
  assertEquals(await onTerminal(["--", "inspect"], blas), {
    exitCode: 2,
    stdout: "",
    stderr:
      "Expected one of train, pretrain, distil, compare, predict, evaluate, doctor but found inspect\n" +
      'Run "deno task blas --help" to see the options.\n',
  });
});

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Main, type Outcome, runCommand, UsageError } from "../../../src/cli/frame/command.ts";
import { defineCommand } from "../../../src/cli/frame/definition.ts";
import { choice, flag, number, operand, text, wholeNumber } from "../../../src/cli/frame/options.ts";
import { denoTerminal, type EndSignal } from "../../../src/cli/frame/terminal.ts";
import { DataError } from "../../../src/errors.ts";
import { message, setting } from "../../../src/message.ts";
import { lastJson, onTerminal, runOn } from "../terminal.ts";

const definition = defineCommand({
  name: "bake",
  summary: "Bakes a cake.",
  options: {
    recipe: operand("RECIPE", "what to bake", { required: true }),
    out: text("FILE", "where it goes"),
    batchTokens: wholeNumber("tokens a batch", { min: 1, default: 512 }),
    learningRate: number("how fast", { above: 0, below: 1 }),
    device: choice("where", ["auto", "cpu"], { default: "auto" }),
    resume: flag("go on"),
  },
  examples: [{ args: "plain --out cake", does: "bakes a plain cake" }],
});
const hint = 'Run "deno task bake --help" to see the options.\n';

/** Runs the command and returns the options that its main function was given. */
async function optionsOf(...args: string[]) {
  let seen: unknown;
  const run = await runOn(args, definition, (options) => {
    seen = options;
    return Promise.resolve({ json: {} });
  });
  return { ...run, seen };
}

Deno.test("options are typed, have their defaults, and come with or without the dashes that deno task hands on", async () => {
  const expected = {
    recipe: "plain",
    out: undefined,
    batchTokens: 64,
    learningRate: 2e-5,
    device: "cpu",
    resume: true,
    json: false,
  };
  const args = ["--batch-tokens", "64", "plain", "--learning-rate=2e-5", "--device", "cpu", "--resume"];
  assertEquals((await optionsOf(...args)).seen, expected);
  assertEquals((await optionsOf("--", ...args)).seen, expected);
  const { device, batchTokens, resume } = (await optionsOf("plain")).seen as Record<string, unknown>;
  assertEquals([device, batchTokens, resume], ["auto", 512, false]);
});

Deno.test("help goes to stdout with defaults and examples, and ends with 0", async () => {
  const { exitCode, stdout, stderr, seen } = await optionsOf("--help");
  assertEquals([exitCode, stderr, seen], [0, "", undefined]);
  assertEquals(
    stdout,
    `\
Usage: deno task bake [options] <RECIPE>

Bakes a cake.

Arguments:
  RECIPE               what to bake

Options:
  --out <FILE>         where it goes
  --batch-tokens <N>   tokens a batch (default: 512)
  --learning-rate <X>  how fast
  --device <NAME>      where (one of auto, cpu) (default: auto)
  --resume             go on
  --json               end stdout with one line of JSON, for programs
  -h, --help           show this help

Examples:
  deno task bake plain --out cake
      bakes a plain cake
`,
  );
});

const wrong: [args: string[], complaint: string][] = [
  [["plain", "--outt", "x"], "unknown option '--outt'\n(Did you mean --out?)"],
  [["plain", "--out"], "option '--out <FILE>' argument missing"],
  [
    ["plain", "--out", ""],
    "option '--out <FILE>' argument '' is invalid. Expected a name, found an empty text.",
  ],
  [[], "missing required argument 'RECIPE'"],
  [["a", "b"], "too many arguments. Expected 1 argument but got 2: a, b."],
  [
    ["a", "--batch-tokens", "0"],
    "option '--batch-tokens <N>' argument '0' is invalid. Expected a whole number, at least 1.",
  ],
  [
    ["a", "--batch-tokens", "1.5"],
    "option '--batch-tokens <N>' argument '1.5' is invalid. Expected a whole number, at least 1.",
  ],
  [
    ["a", "--learning-rate", "nan"],
    "option '--learning-rate <X>' argument 'nan' is invalid. Expected a number, greater than 0 and less than 1.",
  ],
  [
    ["a", "--device", "gpu"],
    "option '--device <NAME>' argument 'gpu' is invalid. Expected one of auto, cpu.",
  ],
];
for (const [args, complaint] of wrong) {
  Deno.test(`wrong usage ends with 2 and says what was expected: bake ${args.join(" ")}`, async () => {
    assertEquals(await optionsOf(...args), {
      exitCode: 2,
      stdout: "",
      stderr: `${complaint}\n${hint}`,
      seen: undefined,
    });
  });
}

/** Runs a command whose main function throws. */
function failing(error: unknown, ...args: string[]) {
  return runOn(["plain", ...args], definition, () => Promise.reject(error));
}

Deno.test("bad input ends with 1 and the one sentence of the error; with --json it is in the JSON too", async () => {
  const error = new DataError("train.conll:3: expected a tag, found none");
  assertEquals(await failing(error), { exitCode: 1, stdout: "", stderr: `${error.message}\n` });
  const { stdout, stderr } = await failing(error, "--json");
  assertEquals([lastJson(stdout), stderr], [{ error: error.message }, `${error.message}\n`]);
});

Deno.test("a setting is shown as the option that it is here, and a name that looks like one as it is", async () => {
  const error = new DataError(
    message`batchTokens.conll: use a smaller ${setting("batchTokens")}, ${setting("device", "cpu")} or ${
      setting("patience", 3)
    }`,
  );
  const sentence = "batchTokens.conll: use a smaller --batch-tokens, --device cpu or patience 3";
  assertEquals(await failing(error), { exitCode: 1, stdout: "", stderr: `${sentence}\n` });
  assertEquals(error.message, "batchTokens.conll: use a smaller batchTokens, device cpu or patience 3");
  const usage = await failing(new UsageError(error.said));
  assertEquals([usage.exitCode, usage.stderr], [2, `${sentence}\n${hint}`]);
});

Deno.test("what the system refuses is one sentence, not a stack trace", async () => {
  const errors = [
    new Deno.errors.PermissionDenied("Permission denied (os error 13): open 'x'"),
    Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" }),
    new RangeError("Array buffer allocation failed"),
  ];
  for (const error of errors) {
    const stderr = `The system refused: ${error.message}\n`;
    assertEquals(await failing(error), { exitCode: 1, stdout: "", stderr });
  }
});

/** A stream that keeps what it is given, up to so many bytes, and then fails as a full disk does. */
function stream(room = Infinity) {
  const kept: Uint8Array[] = [];
  return {
    isTerminal: () => false,
    writeSync(bytes: Uint8Array) {
      const full = Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });
      if (room === 0) throw full;
      const count = Math.min(room, bytes.length);
      kept.push(bytes.slice(0, count));
      room -= count;
      return count;
    },
    get text() {
      return kept.map((bytes) => new TextDecoder().decode(bytes)).join("");
    },
  };
}

Deno.test("standard output on a full disk is one sentence and 1, for results, JSON, errors and help", async () => {
  const bake = (main: Main<typeof definition.options>, ...args: string[]) => async (stdout = stream(2)) => {
    const stderr = stream();
    const terminal = { ...denoTerminal({ stdout, stderr }), args };
    return [await runCommand(definition, main, terminal), stdout.text, stderr.text];
  };
  const prints: Main<typeof definition.options> = (_options, console) => {
    console.print("a cake");
    console.print("another cake");
    return Promise.resolve({ json: { cakes: 2 } });
  };
  const sentence = "cannot write to standard output: No space left on device (os error 28)\n";
  assertEquals(await bake(prints, "plain")(), [1, "a ", sentence]);
  assertEquals(await bake(prints, "plain", "--json")(), [1, '{"', sentence]);
  assertEquals(await bake(prints, "--help")(), [1, "Us", sentence]);
  assertEquals(await bake(() => Promise.reject(new DataError("it is burnt")), "plain", "--json")(), [
    1,
    '{"',
    `it is burnt\n${sentence}`,
  ]);
  assertEquals(await bake(prints, "plain", "--json")(stream()), [0, '{"cakes":2}\n', ""]);
});

Deno.test("a run goes on where progress cannot be written, and a reader that is gone is no failure", async () => {
  const main: Main<typeof definition.options> = (_options, console) => {
    console.progress("stirring");
    return Promise.resolve({ json: {}, failure: console.print("a cake") ? undefined : "nobody reads" });
  };
  const stdout = stream();
  const terminal = { ...denoTerminal({ stdout, stderr: stream(0) }), args: ["plain"] };
  assertEquals([await runCommand(definition, main, terminal), stdout.text], [0, "a cake\n"]);
  const closed = {
    ...stream(),
    writeSync() {
      throw new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
    },
  };
  const stderr = stream();
  await runCommand(definition, main, { ...denoTerminal({ stdout: closed, stderr }), args: ["plain"] });
  assertEquals(stderr.text, "stirring\nnobody reads\n");
});

Deno.test("options that do not go together end with 2", async () => {
  const run = await failing(new UsageError("--gold needs --predicted"));
  assertEquals(run, { exitCode: 2, stdout: "", stderr: `--gold needs --predicted\n${hint}` });
});

Deno.test("anything else is called a defect, with its stack", async () => {
  const { exitCode, stderr } = await failing(new TypeError("undefined is not a tensor"));
  assertEquals(exitCode, 1);
  assert(stderr.startsWith("This is a defect of Lacuna and not of your input; please report it"), stderr);
  assertStringIncludes(stderr, "TypeError: undefined is not a tensor\n    at ");
});

Deno.test("results go to stdout, progress to stderr; with --json stdout is one line of JSON", async () => {
  const bake = (...args: string[]) =>
    runOn(["plain", ...args], definition, (_options, console) => {
      console.progress("stirring");
      console.print("a cake");
      return Promise.resolve({ json: { cakes: 1 }, failure: "It is burnt." });
    });
  assertEquals(await bake(), { exitCode: 1, stdout: "a cake\n", stderr: "stirring\nIt is burnt.\n" });
  assertEquals(await bake("--json"), {
    exitCode: 1,
    stdout: '{"cakes":1}\n',
    stderr: "stirring\nIt is burnt.\n",
  });
});

/** Runs a command that is told to end and then does what `main` does. */
function ended(signal: EndSignal, main: (signal: AbortSignal) => Promise<Outcome>) {
  return onTerminal(
    ["plain"],
    (terminal, interrupt) =>
      runCommand(definition, async (_options, console) => {
        const aborted = console.interruption();
        interrupt(signal);
        return await main(aborted);
      }, terminal),
  );
}

Deno.test("Ctrl-C and SIGTERM abort the signal of a command that watches it; what it saved ends with 130 and 143", async () => {
  for (const [signal, exitCode] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    const saved = await ended(
      signal,
      ({ aborted }) => Promise.resolve({ json: {}, interrupted: aborted, failure: "Saved." }),
    );
    assertEquals(saved, { exitCode, stdout: "", stderr: "Saved.\n" });
    const thrown = await ended(signal, ({ reason }) => Promise.reject(reason));
    assertEquals(thrown, { exitCode, stdout: "", stderr: "Interrupted.\n" });
  }
});

Deno.test("a command that has nothing left to save hands Ctrl-C and SIGTERM back", async () => {
  const { exitCode } = await onTerminal(
    ["plain"],
    (terminal, interrupt) =>
      runCommand(definition, (_options, console) => {
        const signal = console.interruption();
        console.endAtOnce();
        interrupt();
        return Promise.resolve({ json: {}, interrupted: signal.aborted });
      }, terminal),
  );
  assertEquals(exitCode, 0);
});

Deno.test("a command that was done before the signal came ends with 0, and one that could not save with 1", async () => {
  const done = await ended("SIGINT", () => Promise.resolve({ json: {} }));
  assertEquals(done, { exitCode: 0, stdout: "", stderr: "" });
  const full = new DataError("cannot write out: the disk is full");
  const unsaved = await ended("SIGTERM", () => Promise.reject(full));
  assertEquals(unsaved, { exitCode: 1, stdout: "", stderr: `${full.message}\n` });
});

import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import type { EndSignal } from "../../../src/cli/frame/terminal.ts";
import { formatConll } from "../../../src/data/conll.ts";
import { syntheticSentences } from "../../fixtures.ts";
import { inTrainingFolder } from "../training_folder.ts";

const program = fromFileUrl(new URL("../../../src/cli/train/train.ts", import.meta.url));

/**
 * Runs `deno task train` as a process of its own; `signal` is sent half a second after `at` stands on stderr.
 */
async function train(
  args: readonly string[],
  end?: { readonly at: string; readonly signal: EndSignal },
): Promise<{ code: number; stderr: string; seconds: number }> {
  const process = new Deno.Command("deno", {
    args: ["run", "--no-prompt", "--allow-read", "--allow-write", program, ...args],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let stderr = "";
  let sent: number | undefined;
  for await (const text of process.stderr.pipeThrough(new TextDecoderStream())) {
    stderr += text;
    if (sent !== undefined || end === undefined || !stderr.includes(end.at)) continue;
    sent = performance.now() + 500;
    setTimeout(() => process.kill(end.signal), 500);
  }
  const { code } = await process.status;
  return { code, stderr, seconds: (performance.now() - (sent ?? NaN)) / 1000 };
}

Deno.test(
  "SIGTERM and Ctrl-C in the scoring of dev end the process at once with 143 and 130, and --resume gives the same bytes",
  {
    ignore: Deno.build.os === "windows",
  },
  async () => {
    await inTrainingFolder(async ({ path, write }) => {
      // The scoring of so many sentences takes several seconds.
      await write("dev.conll", formatConll(syntheticSentences(8000, 2)));
      await write("train.conll", formatConll(syntheticSentences(20)));
      const args = [
        ...[
          "--train",
          path("train.conll"),
          "--dev",
          path("dev.conll"),
          "--model",
          path("model"),
          "--from-scratch",
        ],
        ...[
          "--device",
          "cpu",
          "--threads",
          "1",
          "--masking",
          "none",
          "--batch-tokens",
          "60",
          "--max-steps",
          "3",
        ],
      ];
      const model = (out: string) => Deno.readFile(`${path(out)}/model.safetensors`);
      await train([...args, "--out", path("whole")]);
      const out = [...args, "--out", path("out")];
      for (const [signal, code] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
        const resume = signal === "SIGINT" ? ["--resume"] : [];
        const ended = await train([...out, ...resume], {
          at: resume.length > 0 ? "resuming" : "step 3/3",
          signal,
        });
        assertEquals(ended.code, code, ended.stderr);
        assertMatch(
          ended.stderr,
          /\nInterrupted: saving \(Ctrl-C again leaves at once\)\nInterrupted after step 3, /,
        );
        assert(ended.seconds < 10, `${ended.seconds} seconds`);
      }
      const { code, stderr } = await train([...out, "--resume"]);
      assertEquals(code, 0, stderr);
      assertMatch(stderr, /resuming at step 3 of 3\n/);
      assertEquals(await model("out"), await model("whole"));
    });
  },
);

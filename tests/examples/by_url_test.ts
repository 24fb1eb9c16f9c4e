import { assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import {
  exampleFindings,
  exampleProgram,
  mayServeAndRun,
  runDeno,
  withFolder,
  withServer,
} from "./outside.ts";

Deno.test(
  "a program outside of the repository imports mod.ts by URL, trains and tags (needs --allow-run=deno --allow-net=127.0.0.1)",
  { ignore: !mayServeAndRun },
  () =>
    withServer((origin) =>
      withFolder(async (folder, env) => {
        const program = await exampleProgram({ mod: `${origin}/mod.ts`, weights: `${origin}/weights/` });
        await Deno.writeTextFile(join(folder, "program.ts"), program);
        const { host } = new URL(origin);
        const permissions = ["--no-prompt", `--allow-import=${host}`, `--allow-net=${host}`];
        const output = await runDeno(
          ["run", "--no-config", "--lock=deno.lock", ...permissions, "program.ts"],
          { cwd: folder, env },
        );
        assertStringIncludes(output, exampleFindings);
      })
    ),
);

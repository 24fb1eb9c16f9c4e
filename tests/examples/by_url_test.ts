import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import {
  exampleFindings,
  exampleProgram,
  mayServeAndRun,
  runDeno,
  withFolder,
  withServer,
} from "./outside.ts";

/** Runs a program in a folder of its own that may import from and connect to the server, and nothing else. */
async function runOutside(
  program: string,
  { origin, folder, env }: { origin: string; folder: string; env: Record<string, string> },
): Promise<string> {
  await Deno.writeTextFile(join(folder, "program.ts"), program);
  const { host } = new URL(origin);
  const permissions = ["--no-prompt", `--allow-import=${host}`, `--allow-net=${host}`];
  return await runDeno(
    ["run", "--no-config", "--lock=deno.lock", ...permissions, "program.ts"],
    { cwd: folder, env },
  );
}

Deno.test(
  "a program outside of the repository imports mod.ts by URL, trains and tags (needs --allow-run=deno --allow-net=127.0.0.1)",
  { ignore: !mayServeAndRun },
  () =>
    withServer((origin) =>
      withFolder(async (folder, env) => {
        const program = await exampleProgram({ mod: `${origin}/mod.ts`, weights: `${origin}/weights/` });
        assertStringIncludes(await runOutside(program, { origin, folder, env }), exampleFindings);
      })
    ),
);

Deno.test(
  "a device that was imported by URL has its threads from there, and a program ends when it is destroyed (needs --allow-run=deno --allow-net=127.0.0.1)",
  { ignore: !mayServeAndRun },
  () =>
    withServer((origin) =>
      withFolder(async (folder, env) => {
        const program = `\
import { openCpu } from "${origin}/src/device/cpu/open.ts";
const device = await openCpu({ threads: 2 });
const view = device.allocate("f32", 64);
device.clear(view);
console.log(device.remark, (await device.read(view)).length);
device.destroy();
`;
        assertEquals(await runOutside(program, { origin, folder, env }), "2 threads 64\n");
      })
    ),
);

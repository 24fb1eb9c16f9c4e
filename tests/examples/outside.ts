import { join } from "@std/path";

/** The top folder of the repository. */
export const ROOT = new URL("../../", import.meta.url);

const states = await Promise.all([
  Deno.permissions.query({ name: "run", command: "deno" }),
  Deno.permissions.query({ name: "net", host: "127.0.0.1" }),
]);
/** Whether tests may start Deno and serve files; where they may not, the tests that need it are skipped. */
export const mayServeAndRun = states.every(({ state }) => state === "granted");

/** The example program, importing mod.ts and reading weights/ from other places. */
export async function exampleProgram(to: { readonly mod: string; readonly weights: string }) {
  const program = await Deno.readTextFile(new URL("examples/train_and_tag.ts", ROOT));
  return program.replace('"../mod.ts"', `"${to.mod}"`).replace('"../weights/"', `"${to.weights}"`);
}

/** What the example program finds. */
export const exampleFindings = "PER Amina (5-10)\nPER Neema Joseph (14-26)\nLOC Tanga (36-41)\n";

/** Runs `deno` with these arguments; throws with what it wrote to stderr unless it ends well. */
export async function runDeno(
  args: readonly string[],
  options: Pick<Deno.CommandOptions, "cwd" | "env"> = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("deno", {
    args: [...args],
    ...options,
    env: { NO_COLOR: "1", ...options.env },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`deno ${args.join(" ")} failed:\n${decode(stderr)}`);
  return decode(stdout);
}

/**
 * Makes a folder outside of the repository with a Deno cache that holds this machine's npm packages and
 * nothing else, so that a run there neither fetches packages nor leaves copies of served files behind;
 * removes it afterwards.
 */
export async function withFolder(run: (folder: string, env: Record<string, string>) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "lacuna-" });
  try {
    const { denoDir } = JSON.parse(await runDeno(["info", "--json"]));
    const cache = join(folder, "cache");
    await Deno.mkdir(cache);
    await Deno.symlink(join(denoDir, "npm"), join(cache, "npm"), { type: "junction" });
    // With a lock Deno knows what the packages depend on and does not ask their registry.
    await Deno.copyFile(new URL("deno.lock", ROOT), join(folder, "deno.lock"));
    await run(folder, { DENO_DIR: cache });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const contentTypes: Readonly<Record<string, string>> = {
  js: "text/javascript",
  json: "application/json",
  ts: "text/typescript",
  wgsl: "text/wgsl",
};

/** Serves the repository on a free port. */
export async function withServer(run: (origin: string) => Promise<void>): Promise<void> {
  const handler = async ({ url }: Request) => {
    const { pathname } = new URL(url);
    const type = contentTypes[pathname.slice(pathname.lastIndexOf(".") + 1)] ?? "application/octet-stream";
    try {
      const body = await Deno.readFile(new URL(`.${pathname}`, ROOT));
      return new Response(body, { headers: { "content-type": type } });
    } catch {
      return new Response("no such file", { status: 404 });
    }
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  try {
    await run(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

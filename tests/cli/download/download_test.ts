import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { download } from "../../../src/cli/download/download.ts";
import { hosts } from "../../../src/cli/download/hosts.ts";
import { predict } from "../../../src/cli/predict/predict.ts";
import { tinyTaggerStore } from "../../tiny_tagger.ts";
import { lastJson, onTerminal } from "../terminal.ts";
import { COMMIT, fakeHub } from "./fake_hub.ts";

const ID = "jina/tiny-tagger";

const store = await tinyTaggerStore();
const files = new Map<string, Uint8Array<ArrayBuffer>>();
for (const name of ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"]) {
  files.set(name, await store.read(name, 0, await store.size(name)));
}
const weights = files.get("model.safetensors")!;
const readme = new TextEncoder().encode("not fetched");

/** A hub with files, a cache of its own, and the command on them. */
async function world(
  on: ReadonlyMap<string, Uint8Array<ArrayBuffer>> = new Map([...files, ["README.md", readme]]),
) {
  const root = await Deno.makeTempDir();
  const hub = fakeHub(ID, on);
  const env = { HF_HUB_CACHE: root, HF_ENDPOINT: `${hub.endpoint}/` };
  return {
    hub,
    root,
    env,
    folder: join(root, "models--jina--tiny-tagger"),
    run: (args: string[] = [ID], more: Record<string, string> = {}) =>
      onTerminal(args, (terminal) => download(terminal, { wait: 1 }), { env: { ...env, ...more } }),
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      await Deno.remove(root, { recursive: true });
    },
  };
}

Deno.test("a model is downloaded into the cache, with what is read alone, and predict opens it by name", async () => {
  await using here = await world();
  const { exitCode, stdout, stderr } = await here.run([ID, "--json"]);
  assertEquals(exitCode, 0, stderr);
  const snapshot = join(here.folder, "snapshots", COMMIT);
  assertEquals(lastJson(stdout), { model: ID, commit: COMMIT, path: snapshot });
  assertEquals(await Deno.readTextFile(join(here.folder, "refs", "main")), COMMIT);
  const names = (await Array.fromAsync(Deno.readDir(snapshot))).map(({ name }) => name).sort();
  assertEquals(names, [...files.keys()].sort());
  for (const [name, bytes] of files) {
    assertEquals(await Deno.readFile(join(snapshot, name)), bytes);
    assertMatch(
      await Deno.readLink(join(snapshot, name)),
      /^\.\.\/\.\.\/blobs\/([0-9a-f]{40}|[0-9a-f]{64})$/,
    );
  }
  const tagged = await onTerminal(["--model", ID, "--device", "cpu", "--threads", "1"], predict, {
    stdin: "Amina anaishi.",
    env: here.env,
  });
  assertEquals(tagged.exitCode, 0, tagged.stderr);
  here.hub.asked.length = 0;
  assertEquals((await here.run()).exitCode, 0);
  assertEquals(here.hub.asked, [`GET /api/models/${ID}/revision/main`]);
});

Deno.test("a cut download goes on where it was, in the same call and in a later one", async () => {
  await using here = await world();
  here.hub.faults.cut = { bytes: 1000, times: 2 };
  assertEquals((await here.run()).exitCode, 0);
  const ranges = here.hub.asked.filter((asked) => asked.startsWith("store"));
  assertEquals(ranges.map((asked) => asked.split(" ").at(-1)), ["all", "bytes=1000-", "bytes=2000-"]);

  await using other = await world();
  other.hub.faults.cut = { bytes: 0, times: 99 };
  const blobs = join(other.folder, "blobs");
  const failed = await other.run();
  assertEquals(failed.exitCode, 1);
  assertMatch(failed.stderr, /0 of \d+ bytes are kept: the same command goes on from there\n$/);
  const [incomplete] = (await Array.fromAsync(Deno.readDir(blobs))).map(({ name }) => name)
    .filter((name) => name.endsWith(".incomplete"));
  await Deno.writeFile(join(blobs, incomplete), weights.slice(0, 777));
  await other.run();
  other.hub.faults.cut = undefined;
  other.hub.asked.length = 0;
  assertEquals((await other.run()).exitCode, 0);
  assert(other.hub.asked.includes("store model.safetensors bytes=777-"), other.hub.asked.join());
  assertEquals(await Deno.readFile(join(other.folder, "snapshots", COMMIT, "model.safetensors")), weights);
});

Deno.test("Ctrl-C ends a download at once with 130, and the same command goes on", async () => {
  await using here = await world();
  here.hub.faults.cut = { bytes: 1000, times: 1 };
  const { exitCode, stderr } = await onTerminal([ID], async (terminal, interrupt) => {
    const watched = {
      ...terminal,
      stderr(text: string) {
        terminal.stderr(text);
        if (text.includes("trying again")) setTimeout(interrupt, 1);
      },
    };
    return await download(watched, { wait: 60_000 });
  }, { env: here.env });
  assertEquals([exitCode, stderr.split("\n").at(-2)], [130, "Interrupted."]);
  here.hub.asked.length = 0;
  assertEquals((await here.run()).exitCode, 0);
  assert(here.hub.asked.includes("store model.safetensors bytes=1000-"), here.hub.asked.join());
});

Deno.test("a server without ranges, or with trouble for a while, is no failure", async () => {
  await using here = await world();
  Object.assign(here.hub.faults, { noRanges: true, busy: 1, cut: { bytes: 500, times: 1 } });
  const { exitCode, stderr } = await here.run();
  assertEquals(exitCode, 0, stderr);
  assertEquals(await Deno.readFile(join(here.folder, "snapshots", COMMIT, "model.safetensors")), weights);
});

Deno.test("a wrong checksum is refused, nothing of it stays, and no name leads to the model", async () => {
  await using here = await world();
  here.hub.faults.corrupt = true;
  const { exitCode, stderr } = await here.run();
  assertEquals(exitCode, 1);
  assertMatch(
    stderr,
    /model\.safetensors: expected \d+ bytes with the hash [0-9a-f]{64}, found \d+ with [0-9a-f]{64}/,
  );
  const blobs = await Array.fromAsync(Deno.readDir(join(here.folder, "blobs")));
  assertEquals(blobs.length, 3);
  assertEquals(await Array.fromAsync(Deno.readDir(join(here.folder, "refs"))), []);
  here.hub.faults.corrupt = false;
  assertEquals((await here.run()).exitCode, 0);
});

Deno.test("shards are those that the index names", async () => {
  const index = new TextEncoder().encode(
    JSON.stringify({ weight_map: { a: "model-1-of-2.safetensors", b: "model-2-of-2.safetensors" } }),
  );
  const shards = ["model-1-of-2.safetensors", "model-2-of-2.safetensors", "model-3-of-2.safetensors"];
  const small = new Map([...files].filter(([name]) => name !== "model.safetensors"));
  await using here = await world(
    new Map([
      ...small,
      ["model.safetensors.index.json", index],
      ...shards.map((name) => [name, readme] as const),
    ]),
  );
  assertEquals((await here.run()).exitCode, 0);
  const got = await Array.fromAsync(Deno.readDir(join(here.folder, "snapshots", COMMIT)));
  assertEquals(
    got.map(({ name }) => name).filter((name) => name.startsWith("model-")).sort(),
    shards.slice(0, 2),
  );
});

Deno.test("a revision has a reference of its own, a token goes to the hub alone", async () => {
  await using here = await world();
  here.hub.faults.token = "secret";
  const { exitCode, stdout, stderr } = await here.run([ID, "--revision", "refs/pr/1"], {
    HF_TOKEN: "secret",
  });
  assertEquals(exitCode, 0, stderr);
  assertMatch(stdout, /as jina\/tiny-tagger@refs\/pr\/1\n$/);
  assertEquals(await Deno.readTextFile(join(here.folder, "refs", "refs", "pr", "1")), COMMIT);
});

const refusals: [
  what: string,
  args: string[],
  env: Record<string, string>,
  exitCode: number,
  message: RegExp,
][] = [
  [
    "another name",
    ["jina/other"],
    {},
    1,
    /^jina\/other: the hub refused .* \(status 404\): check the name and the/,
  ],
  ["another revision", [ID, "--revision", "x"], {}, 1, /check the name and the revision, x\n$/],
  ["no name", ["../x"], {}, 2, /^Expected the name of a model, ORG\/NAME, found \.\.\/x\n/],
  ["no address", [ID], { HF_ENDPOINT: "hub" }, 1, /^HF_ENDPOINT: expected an address such as /],
  [
    "a port that nobody listens on",
    [ID],
    { HF_ENDPOINT: "http://127.0.0.1:1" },
    1,
    /: the connection failed: /,
  ],
  [
    "a host without permission",
    [ID],
    { HF_ENDPOINT: "http://hub.invalid" },
    1,
    /has no permission for it: type deno/,
  ],
  [
    "no network",
    [ID],
    { HF_HUB_OFFLINE: "1" },
    1,
    /as HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE is set, found no /,
  ],
];
for (const [what, args, env, exitCode, message] of refusals) {
  Deno.test(`download refuses in a sentence: ${what}`, async () => {
    await using here = await world();
    const run = await here.run(args, env);
    assertEquals(run.exitCode, exitCode);
    assertMatch(run.stderr, message);
  });
}

Deno.test("download says what a token is for, and which formats are not read", async () => {
  await using secret = await world();
  secret.hub.faults.token = "secret";
  assertMatch((await secret.run()).stderr, /\(Invalid credentials\.\): .* needs a token in HF_TOKEN\n$/);
  assertMatch((await secret.run([ID], { HF_TOKEN: "x" })).stderr, /HF_TOKEN may not read it: /);
  await using old = await world(new Map([["config.json", readme], ["pytorch_model.bin", readme]]));
  assertMatch(
    (await old.run()).stderr,
    /found no tokenizer.json and no model.safetensors but config.json, pytorch_model.bin: transformers converts it/,
  );
});

Deno.test("what is there is found without a network", async () => {
  await using here = await world();
  await here.run();
  here.hub.asked.length = 0;
  assertEquals((await here.run([ID], { TRANSFORMERS_OFFLINE: "true" })).exitCode, 0);
  assertEquals(here.hub.asked, []);
});

Deno.test("the task may speak to the hub, or what stands in its place, and to where they keep files", () => {
  assertEquals(hosts(undefined), "huggingface.co,*.huggingface.co,*.hf.co");
  assertEquals(hosts("http://127.0.0.1:8080/x"), "127.0.0.1,*.huggingface.co,*.hf.co");
  assertEquals(hosts("a,b.example"), "*.huggingface.co,*.hf.co");
});

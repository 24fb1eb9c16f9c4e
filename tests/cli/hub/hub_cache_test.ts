import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { predict } from "../../../src/cli/predict/predict.ts";
import { hubCache, hubNameOf, parseHubName } from "../../../src/cli/hub/hub_cache.ts";
import { resolveModel } from "../../../src/cli/hub/model_option.ts";
import { tinyTaggerStore } from "../../tiny_tagger.ts";
import { lastJson, onTerminal } from "../terminal.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const OTHER = "f".repeat(40);

/** A cache with one tagger; its largest blob is a link into a folder that models share. */
async function filledCache(hub: string): Promise<string> {
  const folder = join(hub, "models--jina--tiny-tagger");
  const snapshot = join(folder, "snapshots", COMMIT);
  for (const path of [snapshot, join(folder, "blobs"), join(folder, "refs"), join(hub, "blobs", "ab")]) {
    await Deno.mkdir(path, { recursive: true });
  }
  const store = await tinyTaggerStore();
  for (const [i, name] of (await store.list("")).entries()) {
    const bytes = await store.read(name, 0, await store.size(name));
    const blob = join(folder, "blobs", `etag${i}`);
    if (name === "model.safetensors") {
      await Deno.writeFile(join(hub, "blobs", "ab", "hash"), bytes);
      await Deno.symlink(join("..", "..", "blobs", "ab", "hash"), blob);
    } else await Deno.writeFile(blob, bytes);
    await Deno.symlink(join("..", "..", "blobs", `etag${i}`), join(snapshot, name));
  }
  await Deno.writeTextFile(join(folder, "refs", "main"), COMMIT);
  await Deno.writeTextFile(join(folder, "refs", "gone"), OTHER);
  return snapshot;
}

Deno.test("a model is named as on the hub, with a revision or without", () => {
  assertEquals(parseHubName("Davlan/afro-xlmr-base"), { id: "Davlan/afro-xlmr-base", revision: "main" });
  assertEquals(parseHubName("gpt2@refs/pr/1"), { id: "gpt2", revision: "refs/pr/1" });
  for (const path of ["", "a/b/c", "../x", "./x", "/x", "a/..", "a--b", "a/b@../x", "a b", "a/b@"]) {
    assertEquals(parseHubName(path), undefined, path);
  }
});

Deno.test("the cache is where Hugging Face's own programs have it", () => {
  const env: Record<string, string> = { HOME: "/home/me" };
  const place = () => hubCache((name) => env[name]);
  const seen = [place()];
  for (
    const [name, value] of [
      ["XDG_CACHE_HOME", "/xdg"],
      ["HF_HOME", "~/hf"],
      ["HUGGINGFACE_HUB_CACHE", "/old"],
      ["HF_HUB_CACHE", "/new"],
    ]
  ) {
    env[name] = value;
    seen.push(place());
  }
  assertEquals(seen, [
    "/home/me/.cache/huggingface/hub",
    "/xdg/huggingface/hub",
    "/home/me/hf/hub",
    "/old",
    "/new",
  ]);
  assertEquals(hubCache(() => undefined), undefined);
});

Deno.test("a name of the hub is a folder of the cache, unless a folder here has that name", async () => {
  const root = await Deno.makeTempDir();
  const snapshot = await filledCache(root);
  const resolve = (given: string) =>
    resolveModel(given, { env: (name) => ({ HF_HUB_CACHE: root })[name], stderr() {} });
  assertEquals(await resolve("jina/tiny-tagger"), snapshot);
  assertEquals(await resolve(`jina/tiny-tagger@${COMMIT}`), snapshot);
  assertEquals(await resolve("weights/scratch"), "weights/scratch");
  assertEquals(await resolve("/no/such/folder"), "/no/such/folder");
  assertEquals(hubNameOf(snapshot), `jina/tiny-tagger@${COMMIT}`);
  assertEquals(hubNameOf("weights/scratch"), undefined);
  await Deno.remove(root, { recursive: true });
});

Deno.test("predict opens a model of the cache by its name, and says what to type where there is none", async () => {
  const root = await Deno.makeTempDir();
  const snapshot = await filledCache(root);
  const run = (model: string) =>
    onTerminal(["--model", model, "--device", "cpu", "--threads", "1", "--json"], predict, {
      stdin: "Amina anaishi.",
      env: { HF_HUB_CACHE: root },
    });
  const { exitCode, stdout, stderr } = await run("jina/tiny-tagger");
  assertEquals(exitCode, 0, stderr);
  assert(stderr.startsWith(`jina/tiny-tagger: ${snapshot}\n`), stderr);
  assertEquals((lastJson(stdout).sentences as unknown[]).length, 1);
  const missing = await run("jina/other");
  assertEquals(missing.exitCode, 1);
  assertEquals(
    missing.stderr,
    "jina/other: expected the folder of a model (config.json, tokenizer.json, model.safetensors), or a model in the " +
      `cache of the Hugging Face Hub (${root}), found neither: check the path, or type deno task download jina/other\n`,
  );
  const gone = await run("jina/tiny-tagger@gone");
  assert(
    gone.stderr.endsWith(
      `deno task download jina/tiny-tagger --revision gone; the cache has jina/tiny-tagger@${COMMIT}\n`,
    ),
    gone.stderr,
  );
  await Deno.remove(root, { recursive: true });
});

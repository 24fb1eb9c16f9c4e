import { assert, assertEquals } from "@std/assert";

/**
 * What each layer stands on. A layer may import itself and whatever can be reached from it here, and nothing
 * else; so the layers that reach neither a device nor a store are pure.
 */
const layers: Readonly<Record<string, readonly string[]>> = {
  "src/cli": ["src/study", "src/distillation"],
  "src/study": ["src/pretraining", "src/training"],
  "src/distillation": ["src/pretraining", "src/training"],
  "src/pretraining": ["src/run"],
  "src/training": ["src/run", "src/augmentation"],
  "src/run": ["src/inference", "src/optim"],
  "src/inference": ["src/model", "src/masking", "src/evaluation"],
  "src/model": ["src/nn"],
  "src/optim": ["src/nn"],
  "src/nn": ["src/checkpoint", "src/autograd", "src/evaluation"],
  "src/checkpoint": ["src/store"],
  "src/autograd": ["src/device"],
  "src/device": ["kernels"],
  "kernels": ["src/random"],
  "src/store": ["src/json", "src/hash.ts"],
  "src/augmentation": ["src/masking", "src/data"],
  "src/masking": ["src/data"],
  "src/evaluation": ["src/crf"],
  "src/crf": ["src/data"],
  "src/data": ["src/text", "src/random"],
  "src/text": ["src/json"],
  "src/json": ["src/dependencies.ts", "src/errors.ts"],
  "src/random": ["src/errors.ts", "src/hash.ts"],
  "src/dependencies.ts": [],
  "src/errors.ts": ["src/message.ts"],
  "src/message.ts": [],
  "src/hash.ts": [],
};

const root = new URL("../", import.meta.url);

/** A module of the library or of its commands. */
interface Module {
  readonly path: string;
  readonly code: string;
  /** What it imports: paths from the top of the repository for relative specifiers, others as they are. */
  readonly imports: readonly string[];
}

const paths = ["mod.ts", ...await filesBelow("src"), ...await filesBelow("kernels")];
const sources = paths.filter((path) => /\.tsx?$/.test(path) && !path.startsWith("kernels/cpu/assembly/"));
const modules = await Promise.all(sources.map(readModule));
const library = modules.filter(({ path }) => layerOf(path) !== "src/cli");

Deno.test("every layer imports only what lies below it", () => {
  const wrong = modules.filter(({ path }) => path !== "mod.ts").flatMap(({ path, imports }) => {
    const below = reachable(layerOf(path));
    return imports
      .filter((target) => isOwn(target) && !below.has(layerOf(target)))
      .map((target) => `${path} imports ${target}`);
  });
  assertEquals(wrong, []);
});

Deno.test("text, data, masking, augmentation, crf, evaluation, json and random reach no tensors, no device and no store", () => {
  const allowed = new Set([
    ...["src/text", "src/data", "src/masking", "src/augmentation", "src/crf", "src/evaluation", "src/random"],
    ...["src/json", "src/dependencies.ts", "src/errors.ts", "src/message.ts", "src/hash.ts"],
  ]);
  for (const layer of allowed) assert(reachable(layer).isSubsetOf(allowed), layer);
});

Deno.test("no file imports itself over others, types included", async () => {
  const others = ["bench", "kernels/cpu/assembly"];
  const files = [...paths, ...(await Promise.all(others.map(filesBelow))).flat()]
    .filter((path) => /\.tsx?$/.test(path));
  const imports = new Map(
    (await Promise.all(files.map(readModule))).map(({ path, imports }) => [path, imports]),
  );
  const circles = new Set<string>();
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]) => {
    const at = trail.indexOf(path);
    if (at >= 0) circles.add([...trail.slice(at), path].join(" > "));
    if (at >= 0 || done.has(path)) return;
    for (const target of imports.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of files) visit(path, []);
  assertEquals([...circles], []);
});

Deno.test("only src/cli uses Deno", () => {
  // A sentence for a person may name a version of it.
  assertEquals(library.filter(({ code }) => /\bDeno\b(?! \d)/.test(code)).map(({ path }) => path), []);
});

Deno.test("library code imports relative files, and npm packages with their version in src/dependencies.ts alone", () => {
  const wrong = library.flatMap(({ path, imports }) =>
    imports
      .filter((target) =>
        path === "src/dependencies.ts"
          ? !/^npm:(@[^/]+\/)?[^/@]+@\d+\.\d+\.\d+$/.test(target)
          : !isOwn(target)
      )
      .map((target) => `${path} imports ${target}`)
  );
  assertEquals(wrong, []);
});

Deno.test("every WGSL file is used", () => {
  const imported = new Set(modules.flatMap(({ imports }) => imports));
  assertEquals(paths.filter((path) => path.endsWith(".wgsl") && !imported.has(path)), []);
});

Deno.test("every op has its declaration, its CPU kernel, on both sides, and its reference in files of one name", () => {
  const declarations = modules.find(({ path }) => path === "kernels/mod.ts")!.imports;
  assert(declarations.length > 0);
  const twins = declarations.flatMap((path) =>
    ["cpu", "cpu/assembly", "reference"].map((folder) => path.replace("kernels/", `kernels/${folder}/`))
  );
  assertEquals(twins.filter((path) => !paths.includes(path)), []);
});

function isOwn(target: string): boolean {
  return target === "mod.ts" || /^(src|kernels)\//.test(target);
}

/** `src/nn` for `src/nn/encoder.ts`; `src/errors.ts` and the like stand for themselves. */
function layerOf(path: string): string {
  return path.startsWith("kernels/") ? "kernels" : path.split("/").slice(0, 2).join("/");
}

function reachable(layer: string, found = new Set<string>()): Set<string> {
  if (found.has(layer)) return found;
  assert(layer in layers, `${layer} is a layer that tests/layers_test.ts does not know`);
  found.add(layer);
  for (const below of layers[layer]) reachable(below, found);
  return found;
}

async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
    const path = `${folder}/${name}`;
    found.push(...(isDirectory ? await filesBelow(path) : [path]));
  }
  return found.sort();
}

async function readModule(path: string): Promise<Module> {
  const text = await Deno.readTextFile(new URL(path, root));
  const code = text.replace(/\/\*[^]*?\*\/|(?<!["'`:])\/\/.*/g, "");
  const imports = Array.from(code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g), ([, specifier]) => {
    if (!specifier.startsWith(".")) return specifier;
    const target = new URL(specifier, new URL(path, root)).href.slice(root.href.length);
    return path.startsWith("kernels/cpu/assembly/") ? `${target}.ts` : target;
  });
  return { path, code, imports };
}

/**
 * Serves the files of a folder as the hub does, for check.py, until it is ended:
 *
 *     deno run --allow-read --allow-net=127.0.0.1 tests/cli/download/serve.ts FOLDER ORG/NAME
 */

import { fakeHub } from "./fake_hub.ts";

const [folder, id] = Deno.args;
const files = new Map<string, Uint8Array<ArrayBuffer>>();
for await (const { name, isFile } of Deno.readDir(folder)) {
  if (isFile) files.set(name, await Deno.readFile(`${folder}/${name}`));
}
console.log(fakeHub(id, files).endpoint);

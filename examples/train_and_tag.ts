/**
 * Trains a small tagger on eight sentences and finds the names in a ninth. Nothing is written to disk: the
 * tagger lives in memory.
 *
 * ```sh
 * deno run --allow-read examples/train_and_tag.ts
 * ```
 *
 * In a program of your own the imports are URLs, `https://.../mod.ts` and `https://.../weights/`, and the permissions
 * `--allow-import` and `--allow-net` for that host. The program asks for nothing that browsers do not have.
 *
 * @module
 */

import { MemoryStore, openDevice, openTagger, parseConll, predict, train, UrlStore } from "../mod.ts";

const { sentences } = parseConll(`
Amina B-PER
anaishi O
Mwanza B-LOC
. O

Juma B-PER
alikwenda O
Tanga B-LOC
jana O
. O

Watu O
wa O
Mwanza B-LOC
wanampenda O
Neema B-PER
Joseph I-PER
. O

Baraka B-PER
na O
Amina B-PER
walifika O
Dar B-LOC
es I-LOC
Salaam I-LOC
. O

Soko O
la O
Tanga B-LOC
limefungwa O
. O

Neema B-PER
Joseph I-PER
anafundisha O
Arusha B-LOC
. O

Mvua O
imenyesha O
Dar B-LOC
es I-LOC
Salaam I-LOC
. O

Jana O
Juma B-PER
alimwona O
Baraka B-PER
sokoni O
. O
`);

const device = await openDevice("cpu");
const out = new MemoryStore();
await train({
  device,
  // The model that comes with Lacuna, pretrained.
  start: { store: new UrlStore(import.meta.resolve("../weights/")), dir: "" },
  out: { store: out, dir: "" },
  training: sentences,
  dev: sentences,
  settings: { masking: "span", learningRate: 3e-4, batchTokens: 16, epochs: 8 },
  onEvent(event) {
    if (event.type === "evaluation") {
      console.log(`Epoch ${event.epoch}: F1 ${event.report.strict.micro.f1.toFixed(2)}`);
    }
  },
});

const tagger = await openTagger(device, out);
const prediction = await predict(tagger, "Jana Amina na Neema Joseph walifika Tanga.");
for (const { entities } of prediction.sentences) {
  for (const { type, text, start, end } of entities) console.log(`${type} ${text} (${start}-${end})`);
}
tagger.free();
device.destroy();

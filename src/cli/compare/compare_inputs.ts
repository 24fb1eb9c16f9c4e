/** What a study is given beside its sentences: a checkpoint, raw text, devices. */

import { basename, resolve } from "@std/path";
import { MOST_THREADS } from "../../device/cpu/ring.ts";
import type { TextFile } from "../../pretraining/corpus.ts";
import type { Checkpoint, StudyInput } from "../../study/input.ts";
import type { StudyData } from "../../study/study_data.ts";
import { fingerprint } from "../../run/fingerprint.ts";
import { UsageError } from "../frame/command.ts";
import { type DeviceRequest, openDevice } from "../device/device.ts";
import { openModelFolder } from "../files/files.ts";
import { hashModel } from "../files/model_hashes.ts";
import { textFiles } from "../files/text_files.ts";
import { hubNameOf } from "../hub/hub_cache.ts";

/** The checkpoint in a folder. */
export async function openStudyCheckpoint(
  folder: string,
  { embedded }: { embedded: boolean },
): Promise<Checkpoint> {
  const store = await openModelFolder(folder);
  return {
    name: embedded ? "embedded" : hubNameOf(folder) ?? basename(resolve(folder)),
    hash: fingerprint(await hashModel(store, { scratch: false })),
    start: { store, dir: "" },
  };
}

/** What `--unlabelled` says: the name of a data set, where there is one, and a path. */
export function namedText(given: string): { readonly name: string | undefined; readonly path: string } {
  const [, name, path] = /^([\w.]+)=(.+)$/s.exec(given) ?? [undefined, undefined, given];
  return { name, path };
}

/** The raw text of each data set, from `NAME=FILE` or, where there is one data set, `FILE`. */
export async function unlabelledText(
  given: readonly string[],
  data: readonly StudyData[],
): Promise<ReadonlyMap<string, readonly TextFile[]>> {
  const texts = new Map<string, readonly TextFile[]>();
  for (const text of given) {
    const { name = data[0].name, path } = namedText(text);
    if (!data.some((data) => data.name === name)) {
      throw new UsageError(`Expected --unlabelled NAME=FILE with the name of a data set but found ${text}.`);
    }
    texts.set(name, [...texts.get(name) ?? [], ...await textFiles([path])]);
  }
  const without = data.filter(({ name }) => !texts.has(name)).map(({ name }) => name);
  if (without.length > 0) {
    throw new UsageError(`Expected --unlabelled for every data set, found none for ${without.join(", ")}.`);
  }
  return texts;
}

/** Opens a device for each run, with its share of the threads; a person is told of the first one. */
export function devicesOf(
  { jobs, threads = Math.min(navigator.hardwareConcurrency, MOST_THREADS), ...request }: DeviceRequest & {
    readonly jobs: number;
  },
  say: (line: string) => void,
): StudyInput["openDevice"] {
  const share = Math.max(1, Math.floor(threads / jobs));
  let kind: DeviceRequest["device"] | undefined;
  return async () => {
    const { device, line } = await openDevice({ ...request, device: kind ?? request.device, threads: share });
    if (kind === undefined) say(line);
    kind = device.kind; // auto is decided once
    return device;
  };
}

/** The tags that a model gives to the sentences of a file. */

import type { RealDType } from "../../../kernels/contract.ts";
import type { Sentence } from "../../data/sentence.ts";
import { typeOf } from "../../data/scheme.ts";
import { tagAndCalibrate } from "../../inference/evaluate.ts";
import { openTagger } from "../../inference/tagger.ts";
import type { Calibration } from "../../evaluation/calibration.ts";
import type { Console } from "../frame/command.ts";
import { type DeviceRequest, openDevice } from "../device/device.ts";
import { openModelFolder } from "../files/files.ts";

/** What a model says of the sentences of a file. */
export interface TaggedFile {
  /** One IOB2 tag a word for each sentence. */
  readonly predicted: readonly (readonly string[])[];
  readonly calibration: Calibration;
}

/** Tags sentences. Types of the file that the model does not know are named on stderr. */
export async function tagWithModel(
  sentences: readonly Sentence[],
  { model, data, precision, ...request }: DeviceRequest & {
    readonly model: string;
    readonly data: string;
    readonly precision: RealDType;
  },
  console: Console,
): Promise<TaggedFile> {
  const store = await openModelFolder(model);
  const { device, line } = await openDevice(request);
  try {
    console.progress(line);
    const tagger = await openTagger(device, store, { precision });
    const unknown = typesOf(sentences.flatMap(({ tags }) => tags)).difference(typesOf(tagger.labels));
    if (unknown.size > 0) {
      console.progress(
        `${model} does not know ${[...unknown].sort().join(", ")}: in ${data} they count as missed`,
      );
    }
    return await tagAndCalibrate(tagger, sentences);
  } finally {
    device.destroy();
  }
}

function typesOf(tags: readonly string[]): Set<string> {
  return new Set(tags.filter((tag) => tag !== "O").map(typeOf));
}

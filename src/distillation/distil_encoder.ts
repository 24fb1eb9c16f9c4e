import { deviceOf } from "../device/device.ts";
import { OptionError } from "../errors.ts";
import { Message, message, setting } from "../message.ts";
import { readConfig } from "../model/config.ts";
import { openModel } from "../model/open.ts";
import type { TextFile } from "../pretraining/corpus.ts";
import type { PretrainingEvent, PretrainingResult } from "../pretraining/events.ts";
import { type PreparedPretraining, preparePretraining } from "../pretraining/prepare.ts";
import { PretrainingRun, UNBEGUN } from "../pretraining/pretrain.ts";
import { carryOut } from "../run/carry_out.ts";
import type { Place, RunInput } from "../run/input.ts";
import { startConfig } from "../run/open_trained.ts";
import { checkEncoderDistillation, type EncoderDistillationSettings } from "./encoder_settings.ts";
import { EncoderTeaching } from "./encoder_teaching.ts";
import { checkSameTokenizer, teacherFingerprint } from "./teacher_files.ts";

/** Which encoder learns from which, on what text, and how. */
export interface EncoderDistillationInput extends RunInput<PretrainingEvent> {
  /**
   * The encoder that is learnt from; `start` is the student, which has the teacher's tokenizer and hidden
   * size: some of the teacher's own layers, or another checkpoint.
   */
  readonly teacher: Place;
  /** Raw text, as `pretrain` takes it. */
  readonly text: readonly TextFile[];
  /**
   * Raw text that nothing is learnt from: the student with the lowest loss on it is kept, without it the last
   * one.
   */
  readonly heldOut?: readonly TextFile[];
  /** Whatever is not to be as in {@linkcode defaultEncoderDistillationSettings}. */
  readonly settings?: Partial<EncoderDistillationSettings>;
}

/**
 * Distils an encoder into a smaller one: on raw text the student learns the hidden states that the teacher
 * has for each token (Sanh et al. 2019, arXiv:1910.01108; Jiao et al. 2020, arXiv:1909.10351), also of tokens
 * that are masked for it, and the student that is nearest on held-out text is kept.
 *
 * The run is a function of input and settings: the same ones give the same bytes on the same device, also
 * when it was interrupted and resumed in between.
 *
 * @throws {LacunaError} for input that cannot work, before anything is written; for a loss that is not finite
 */
export async function distilEncoder(input: EncoderDistillationInput): Promise<PretrainingResult> {
  return await carryOut(input, {
    prepare: () => prepare(input),
    run: (prepared) => new PretrainingRun(prepared),
    unbegun: UNBEGUN,
  });
}

async function prepare(input: EncoderDistillationInput): Promise<PreparedPretraining> {
  const { device, teacher: { store, dir }, start, signal } = input;
  const { hiddenStates, mlmWeight, ...shared } = checkEncoderDistillation(input.settings ?? {});
  await checkSameTokenizer(start, input.teacher);
  const config = await readConfig(store, dir);
  const { hiddenSize, numHiddenLayers: layers } = await startConfig(start);
  if (hiddenSize !== config.hiddenSize) {
    throw new OptionError(
      new Message(
        message`Expected a student with the hidden size of the ${setting("teacher")}, ${config.hiddenSize}, `,
        `whose hidden states it learns, but found ${hiddenSize}: `,
        message`take layers of the teacher itself (${setting("layers")}), or a student of that size`,
      ),
    );
  }
  const { precision } = shared;
  const { model } = await openModel(deviceOf(device), store, { dir, config, seed: 0, precision, signal });
  try {
    const teaching = new EncoderTeaching(model, {
      settings: { hiddenStates, mlmWeight },
      layers,
      fingerprint: await teacherFingerprint(input.teacher),
    });
    const settings = { ...shared, boundaryObjective: false, normalise: "none" as const };
    return await preparePretraining({ ...input, settings }, { teaching, settings });
  } catch (error) {
    model.free();
    throw error;
  }
}

import type { Sentence } from "../data/sentence.ts";
import { DataError, OptionError } from "../errors.ts";
import { ModelTagger } from "../inference/model_tagger.ts";
import { openTagger, tagSentences } from "../inference/tagger.ts";
import { Message, message, setting } from "../message.ts";
import { labelSetOf } from "../data/label_set.ts";
import { readConfig } from "../model/config.ts";
import { readsPrompt, taggingKind } from "../model/reading.ts";
import { tokenClassification } from "../nn/heads/token_classification.ts";
import { Random } from "../random/random.ts";
import { carryOut } from "../run/carry_out.ts";
import type { Place, RunInput } from "../run/input.ts";
import type { CardFacts } from "../training/card_facts.ts";
import type { TrainingEvent, TrainingResult } from "../training/events.ts";
import { type PreparedRun, prepareTraining } from "../training/prepare.ts";
import { TrainingRun, UNBEGUN } from "../training/trainer.ts";
import { checkTaggerDistillation, type TaggerDistillationSettings } from "./tagger_settings.ts";
import { TaggerTeaching } from "./tagger_teaching.ts";
import { checkSameTokenizer, teacherFingerprint } from "./teacher_files.ts";

/** Which tagger learns from which, on what text, and how. */
export interface TaggerDistillationInput extends RunInput<TrainingEvent> {
  /**
   * The tagger that is learnt from; `start` is the student, which has the teacher's tokenizer: some of the
   * teacher's own layers, or another checkpoint.
   */
  readonly teacher: Place;
  /** Words of sentences without tags: what the teacher thinks of them is what is learnt. */
  readonly sentences: readonly (readonly string[])[];
  /** Sentences with gold tags, which are learnt beside. */
  readonly training?: readonly Sentence[];
  /**
   * What the best student is chosen on. Without it a tenth of `sentences`, at most 500, are held out, and the
   * student is chosen that agrees best with the teacher on them.
   */
  readonly dev?: readonly Sentence[];
  /** What the best student is scored on in the end. */
  readonly test?: readonly Sentence[];
  /** Gives the text of README.md, as for `train`. */
  readonly card?: (facts: CardFacts) => string;
  /** Whatever is not to be as in {@linkcode defaultTaggerDistillationSettings}. */
  readonly settings?: Partial<TaggerDistillationSettings>;
}

/**
 * Distils a tagger into a smaller one: the student learns the probabilities that the teacher gives the tags
 * of each word of raw text (Hinton et al. 2015, arXiv:1503.02531), and gold tags where there are any, and the
 * student that is best on dev is kept. Of a teacher with a CRF head it learns the emissions; it decodes
 * without transitions itself.
 *
 * The run is a function of input and settings: the same ones give the same bytes on the same device, also
 * when it was interrupted and resumed in between.
 *
 * @throws {LacunaError} for input that cannot work, before anything is written; for a loss that is not finite
 */
export async function distilTagger(input: TaggerDistillationInput): Promise<TrainingResult> {
  return await carryOut(input, {
    prepare: () => prepare(input),
    run: (prepared) => new TrainingRun(prepared),
    unbegun: UNBEGUN,
  });
}

async function prepare(input: TaggerDistillationInput): Promise<PreparedRun> {
  const { device, teacher: place, start, sentences, training = [], signal, onEvent } = input;
  const { settings, training: trainingSettings } = checkTaggerDistillation(input.settings ?? {});
  if (!sentences.some((words) => words.length > 0)) {
    throw new DataError("Expected text that the teacher can tag but found no word in it: check the path");
  }
  await checkSameTokenizer(start, place);
  const config = await readConfig(place.store, place.dir);
  if (readsPrompt(config)) {
    throw new OptionError(
      new Message(
        message`Expected a ${
          setting("teacher")
        } that reads words as they are but found one that was trained with `,
        message`${setting("masking", "prompt")}: train the teacher with another ${setting("masking")}`,
      ),
    );
  }
  const { precision } = settings;
  const tagger = await openTagger(device, place.store, { dir: place.dir, precision, signal });
  try {
    const { model, tokenizer, words } = ModelTagger.of(tagger);
    const scheme = labelSetOf(model.labels)?.scheme;
    if (scheme !== undefined && scheme !== "IOB2") {
      throw new OptionError(
        message`Expected a ${
          setting("teacher")
        } with tags of IOB2 (B-PER, I-PER) but found tags of ${scheme}`,
      );
    }
    const fingerprint = await teacherFingerprint(place);
    const teaching = new TaggerTeaching(model, { settings, gold: training.length > 0, fingerprint });
    if (taggingKind(config) !== tokenClassification.kind) {
      const message = `The teacher has a ${taggingKind(config)} head: the student learns what it says of ` +
        "each word by itself, and decodes with a linear head.";
      onEvent?.({ type: "warning", message });
    }
    if (words) {
      const message = "The teacher is joined with words: the student learns what its encoder says.";
      onEvent?.({ type: "warning", message });
    }
    const { dev, rest } = input.dev
      ? { dev: input.dev, rest: sentences }
      : await holdOut(new ModelTagger(model, tokenizer), sentences, {
        settings,
        signal,
      });
    const run = {
      ...input,
      training,
      dev,
      labels: model.labels,
      settings: trainingSettings,
    };
    return await prepareTraining(run, { teaching, untagged: rest });
  } catch (error) {
    tagger.free();
    throw error;
  }
}

/** Most sentences that the teacher tags for dev. */
const MOST_HELD_OUT = 500;

/** A seeded tenth of the sentences with the teacher's tags, and the rest. */
async function holdOut(
  teacher: ModelTagger,
  sentences: readonly (readonly string[])[],
  { settings: { seed }, signal }: {
    readonly settings: Pick<TaggerDistillationSettings, "seed">;
    readonly signal?: AbortSignal;
  },
): Promise<{ dev: Sentence[]; rest: (readonly string[])[] }> {
  if (sentences.length < 2) {
    throw new DataError(
      new Message(
        "Expected at least 2 sentences, to hold one out and choose the student on it, but found ",
        message`${sentences.length}: give more text, or ${setting("dev")} sentences`,
      ),
    );
  }
  const order = new Random(seed, "held out for dev").shuffle([...sentences.keys()]);
  const held = new Set(order.slice(0, Math.min(MOST_HELD_OUT, Math.ceil(sentences.length / 10))));
  const chosen = sentences.filter((_, i) => held.has(i));
  const tagged = await tagSentences(teacher, chosen, { signal });
  return {
    dev: chosen.map((words, i) => ({ words: [...words], tags: [...tagged[i].tags] })),
    rest: sentences.filter((_, i) => !held.has(i)),
  };
}

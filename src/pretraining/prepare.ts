import { maxTokens } from "../model/config.ts";
import { hasMaskedLm } from "../model/open.ts";
import type { ModelConfig } from "../nn/config.ts";
import type { TensorSource } from "../checkpoint/safetensors.ts";
import { deviceOf } from "../device/device.ts";
import type { MaskVocabulary } from "../masking/apply.ts";
import { maskingStrategy } from "../masking/registry.ts";
import type { MaskingStrategy } from "../masking/strategy.ts";
import { withReading } from "../model/reading.ts";
import { type OpenedTokenizer, openTokenizer } from "../model/tokenizer_files.ts";
import { requirePrecision } from "../device/memory_limit.ts";
import { groupOf } from "../optim/groups.ts";
import { joinPath } from "../store/store.ts";
import { maskVocabularyOf } from "../run/contribution.ts";
import { fingerprint } from "../run/fingerprint.ts";
import { openTrained, startConfig, startFingerprint, type TrainedModel } from "../run/open_trained.ts";
import { checkFreezing } from "../run/run_rules.ts";
import { readProgress, type RunIdentity, STATE_FILE } from "../run/state.ts";
import type { Teaching } from "../run/teaching.ts";
import { type Corpus, surveyText } from "./corpus.ts";
import { type HeldOutScores, type HeldOutText, readHeldOut, rehearseHeldOut } from "./held_out.ts";
import type { PretrainingInput } from "./input.ts";
import { mostMaskedRows } from "./masked_rows.ts";
import { checkPretrainingSettings, type PretrainingSettings } from "./settings.ts";
import { readSegment, sampleOf } from "./segments.ts";
import { countUnknown, type UnknownWords } from "../text/unknown_words.ts";
import { splitWords } from "../text/words.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { type TextPosition, TextStream } from "./text_stream.ts";

/** Where a run stands: with the settings and the text this decides everything that follows. */
export interface PretrainingProgress {
  /** Steps that are done. */
  step: number;
  /** Where the text behind them goes on. */
  position: TextPosition;
  /** The step after which the held-out text was last looked at, -1 before the first look. */
  evaluatedStep: number;
  /** Held-out scores before the first step. */
  before?: HeldOutScores;
  /** Lowest held-out loss of a later step. */
  best?: HeldOutScores & { readonly step: number };
  maskedTokens: number;
  maskableTokens: number;
}

/** A run that is ready to begin, or to go on. */
export interface PreparedPretraining extends TrainedModel {
  readonly input: PretrainingInput;
  readonly settings: PretrainingSettings;
  readonly tokenizer: OpenedTokenizer;
  readonly masking: { readonly strategy: MaskingStrategy; readonly vocabulary: MaskVocabulary };
  readonly corpus: Corpus;
  /** Words of a sample of the text that the tokenizer does not know. */
  readonly unknownWords: UnknownWords;
  readonly stream: TextStream;
  /** Most rows of a micro-batch whose pieces are predicted. */
  readonly mostMasked: number;
  readonly heldOut: HeldOutText | undefined;
  readonly identity: RunIdentity<PretrainingSettings>;
  readonly teaching?: Teaching;
  /** Where an interrupted run stood. */
  readonly resumed: { readonly progress: PretrainingProgress; readonly tensors: TensorSource } | undefined;
}

/** What is learnt from a teacher, by settings that were checked. */
export interface PretrainingLessons {
  readonly teaching: Teaching;
  readonly settings: PretrainingSettings;
}

/**
 * Checks all input, reads the text through once and opens the model; writes nothing.
 *
 * @param lessons what is learnt from a teacher, who stays the caller's where this throws
 * @throws {LacunaError} for input that cannot work
 * @throws the signal's reason, if it is aborted
 */
export async function preparePretraining(
  input: PretrainingInput,
  lessons?: PretrainingLessons,
): Promise<PreparedPretraining> {
  const teaching = lessons?.teaching;
  const { device, start, out, allowInexact = false, signal } = input;
  const settings = lessons?.settings ?? checkPretrainingSettings(input.settings ?? {});
  requirePrecision(deviceOf(device), settings.precision);
  const config = withReading(await startConfig(start), {});
  checkFreezing(settings, config);
  const tokenizer = await openTokenizer(start.store, {
    dir: start.dir,
    config,
    normalise: settings.normalise,
  });
  const strategy = maskingStrategy(settings.masking);
  const masking = { strategy, vocabulary: maskVocabularyOf(strategy, tokenizer.tokenizer) };
  const encoding = {
    tokenizer: tokenizer.tokenizer,
    maxTokens: Math.min(settings.maxLength, maxTokens(config), teaching?.maxTokens ?? Infinity),
    signal,
  };
  const corpus = await surveyText(input.text, "raw text", { signal });
  const heldOutCorpus = input.heldOut &&
    await surveyText(input.heldOut, "held-out text", { signal });
  const { evaluationTokens } = settings;
  const heldOut = heldOutCorpus &&
    await readHeldOut(heldOutCorpus, {
      ...encoding,
      ...masking,
      evaluationTokens,
      whole: teaching !== undefined,
    });
  const identity = {
    settings: { ...settings, ...teaching?.settings },
    data: fingerprint([corpus.hash, heldOutCorpus?.hash]),
    model: startFingerprint(start, { config, tokenizer, teaching }),
    device: device.description,
    variants: device.variants,
  };
  const resumed = input.resume
    ? await readProgress<PretrainingProgress, PretrainingSettings>(
      out.store,
      joinPath(out.dir, STATE_FILE),
      { identity, allowInexact },
    )
    : undefined;
  const stream = new TextStream(corpus, { ...encoding, settings, position: resumed?.progress.position });
  await stream.hasNext(); // throws where there is no word
  const unknownWords = countUnknown(tokenizer.tokenizer, await sampleLines(corpus, signal));
  const mostMasked = mostMaskedRows(settings, encoding);
  const opened = await open(input, {
    config,
    settings,
    mostTokens: stream.mostTokens,
    mostMasked,
    heldOut,
    teaching,
  });
  const text = { corpus, stream, mostMasked, heldOut };
  return {
    input,
    settings,
    ...opened,
    tokenizer,
    masking,
    ...text,
    unknownWords,
    identity,
    resumed,
    teaching,
  };
}

/** Stretches of text in which words are counted. */
const SAMPLED_SEGMENTS = 4;

/** The words of each line. */
async function sampleLines(
  corpus: Corpus,
  signal: AbortSignal | undefined,
): Promise<{ readonly words: readonly string[] }[]> {
  const lines: { readonly words: readonly string[] }[] = [];
  for (const segment of sampleOf(corpus, SAMPLED_SEGMENTS)) {
    await yieldToHost(signal);
    for (const { text } of await readSegment(corpus, segment)) {
      lines.push({ words: splitWords(text).map(({ text }) => text) });
    }
  }
  return lines;
}

/** The model with its masked-LM head, each parameter in its group, once it is known to fit. */
async function open(
  { device, start, signal }: PretrainingInput,
  { config, settings, mostTokens, mostMasked, heldOut, teaching }: {
    config: ModelConfig;
    settings: PretrainingSettings;
    mostTokens: number;
    mostMasked: number;
    heldOut: HeldOutText | undefined;
    teaching: Teaching | undefined;
  },
): Promise<TrainedModel> {
  const { store, dir, scratch } = start;
  // A head that nothing teaches stays as it is.
  const taught = !teaching || teaching.weights.mlm > 0;
  const { headRate, freezeEmbeddings, freezeLayers } = settings;
  const { seed, boundaryObjective, dropout, recompute, precision } = settings;
  return await openTrained(deviceOf(device), start, {
    config,
    maskedLm: taught || !scratch && await hasMaskedLm(store, { dir, config }),
    boundary: boundaryObjective,
    group: (spec) =>
      spec.layer === "head" && !taught ? undefined : groupOf(spec, {
        numHiddenLayers: config.numHiddenLayers,
        headMultiplier: headRate,
        freezeEmbeddings,
        freezeLayers,
      }),
    precision,
    seed,
    batches: [{ tokens: mostTokens, tagged: 0, masked: Math.min(mostTokens, mostMasked) }],
    dropout,
    recompute,
    evaluate: heldOut && ((model, teaching) => rehearseHeldOut(model, heldOut, teaching)),
    teaching,
    freezable: !freezeEmbeddings,
    signal,
  });
}

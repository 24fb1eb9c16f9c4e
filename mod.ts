/**
 * Lacuna fine-tunes BERT for named entity recognition in low-resource languages, with span masking, on WebGPU
 * and WebAssembly kernels written by hand.
 *
 * Sentences with gaps go in, entities come out: {@linkcode train} a tagger on your sentences, {@linkcode
 * predict} the entities of a text with it, and {@linkcode scoreSentences} how good they are. Files are read
 * and written through a {@linkcode Store}, in Hugging Face's layout. Whoever opens a device destroys it when
 * done: threads keep a program alive. The library prints nothing; a run tells what happens in events, and
 * what goes wrong is thrown as a {@linkcode LacunaError} whose message says what to do.
 *
 * @example Train a tagger and use it
 * ```ts
 * import { MemoryStore, openDevice, openTagger, parseConll, predict, train, UrlStore } from "@lacuna/lacuna";
 *
 * const { sentences } = parseConll("Amina B-PER\nanaishi O\nMwanza B-LOC\n. O\n");
 * const device = await openDevice("cpu");
 * const out = new MemoryStore();
 *
 * await train({
 *   device,
 *   // Any folder with a model in Hugging Face's layout; with `scratch: true` it begins with random weights.
 *   start: { store: new UrlStore(import.meta.resolve("./weights/")), dir: "" },
 *   out: { store: out, dir: "" },
 *   training: sentences,
 *   dev: sentences,
 *   settings: { epochs: 2 },
 *   onEvent: (event) => event.type === "step" && console.log(event.step, event.loss),
 * });
 *
 * const tagger = await openTagger(device, out);
 * const { sentences: [{ words, tags }] } = await predict(tagger, "Amina yuko Mwanza.");
 * console.log(words.map(({ text }) => text), tags);
 *
 * tagger.free();
 * device.destroy();
 * ```
 *
 * @example Score tags
 * ```ts
 * import { formatScores, scoreSentences } from "@lacuna/lacuna";
 *
 * const report = scoreSentences([["B-PER", "I-PER", "O", "B-LOC"]], [["B-PER", "O", "O", "B-LOC"]]);
 * console.log(report.strict.micro.f1); // 0.5
 * console.log(formatScores(report));
 * ```
 *
 * @module
 */

// Devices
export type { RealDType } from "./kernels/contract.ts";
export { type DeviceKind, type DeviceOptions, openDevice } from "./src/device/open.ts";
export type { CpuOptions } from "./src/device/cpu/open.ts";
export type { NativeMatmul, NativeModule } from "./src/device/cpu/native.ts";
export type { Gemm, Product } from "./kernels/cpu/native_matmul.ts";
export type { ComputeDevice, MemoryUse, Variants } from "./src/device/device.ts";
export type { PassTime, Profiler } from "./src/device/profile.ts";
export type { WebGpuOptions } from "./src/device/webgpu/open.ts";
export type { MatmulClass, MatmulTable, MatmulVariant } from "./kernels/matmul_variants.ts";
export {
  type MatmulMeasurement,
  type MatmulQuestion,
  measureMatmul,
} from "./src/device/webgpu/measure_matmul.ts";
export type { MatmulTiming } from "./src/device/webgpu/matmul_choice.ts";
export type { EncoderSizes, MatmulProduct } from "./src/device/webgpu/matmul_products.ts";

// Files
export { MemoryStore } from "./src/store/memory_store.ts";
export { UrlStore } from "./src/store/url_store.ts";
export type { FolderLock } from "./src/store/folder_lock.ts";
export type { Lock, Store, WritableSink } from "./src/store/store.ts";

// Sentences
export { formatConll, parseConll } from "./src/data/conll.ts";
export type { LabelledFile, ReadOptions } from "./src/data/reader.ts";
export { readLabelled } from "./src/data/readers.ts";
export { type NamedFiles, readBrat } from "./src/data/tools/brat.ts";
export type { AnnotatorAgreement, Faults, Reading, SpanChanges } from "./src/data/reading.ts";
export { sampleSentences } from "./src/data/dataset.ts";
export type { Scheme } from "./src/data/scheme.ts";
export type { Sentence } from "./src/data/sentence.ts";
export { splitSentences, splitWords, type TextSpan } from "./src/text/words.ts";
export type { UnknownWords } from "./src/text/unknown_words.ts";
export type { Normalisation } from "./src/text/used_tokenizer.ts";

// Training
export type { Place, RunInput, StartingPoint } from "./src/run/input.ts";
export type { CardFacts } from "./src/training/card_facts.ts";
export type { TrainingInput } from "./src/training/input.ts";
export { readVariants } from "./src/run/state.ts";
export { train } from "./src/training/trainer.ts";
export { trainWords, type WordTrainingInput } from "./src/training/train_words.ts";
export { defaultSettings, type Features, type TrainingSettings } from "./src/training/settings.ts";
export type {
  AugmentationEvent,
  DoneEvent,
  EvaluationEvent,
  LearntWords,
  StartEvent,
  StepEvent,
  TrainingEvent,
  TrainingResult,
  WordTrainingResult,
} from "./src/training/events.ts";
export type { CheckpointEvent, LossScaling, WarningEvent } from "./src/run/events.ts";
export type { MemoryBound } from "./src/run/memory_bound.ts";
export { maskingNames } from "./src/masking/registry.ts";
export { type Objective, objectives } from "./src/masking/objective.ts";
export { type Schedule, schedules } from "./src/optim/schedule.ts";

// Pretraining
export { pretrain } from "./src/pretraining/pretrain.ts";
export type { PretrainingInput } from "./src/pretraining/input.ts";
export { defaultPretrainingSettings, type PretrainingSettings } from "./src/pretraining/settings.ts";
export type { TextFile } from "./src/pretraining/corpus.ts";
export type { HeldOutScores, HeldOutSummary } from "./src/pretraining/held_out.ts";
export type {
  HeldOutResult,
  PretrainingDoneEvent,
  PretrainingEvaluationEvent,
  PretrainingEvent,
  PretrainingResult,
  PretrainingStartEvent,
  PretrainingStepEvent,
} from "./src/pretraining/events.ts";
export type { QuantisedDtype } from "./src/checkpoint/quantised.ts";
export type { SavedDtype } from "./src/model/save.ts";

// Distillation
export { distilEncoder, type EncoderDistillationInput } from "./src/distillation/distil_encoder.ts";
export {
  type ComparedStates,
  defaultEncoderDistillationSettings,
  type EncoderDistillationSettings,
} from "./src/distillation/encoder_settings.ts";
export { distilTagger, type TaggerDistillationInput } from "./src/distillation/distil_tagger.ts";
export {
  defaultTaggerDistillationSettings,
  type TaggerDistillationSettings,
} from "./src/distillation/tagger_settings.ts";

// Tagging
export { openTagger, type OpenTaggerOptions, type TagOptions, tagSentences } from "./src/inference/tagger.ts";
export type { PassOptions } from "./src/inference/model_logits.ts";
export type { Tagger } from "./src/inference/model_tagger.ts";
export {
  predict,
  type PredictedEntity,
  type PredictedSentence,
  type Prediction,
  type PredictOptions,
  predictStream,
} from "./src/inference/predict.ts";
export type { DecodeOptions, Tagged } from "./src/evaluation/decoding.ts";

// Scores
export {
  type ReadingScores,
  type ScoreOptions,
  type ScoreReport,
  scoreSentences,
} from "./src/evaluation/scores.ts";
export type { Average, Score } from "./src/evaluation/precision_recall.ts";
export { ERROR_KINDS, type ErrorCounts, type ErrorKind } from "./src/evaluation/errors.ts";
export { type LengthGroup, mentionTexts } from "./src/evaluation/entities.ts";
export { formatScores } from "./src/evaluation/report.ts";
export type { Calibration } from "./src/evaluation/calibration.ts";

// Errors
export {
  CheckpointError,
  DataError,
  DeviceError,
  DeviceLostError,
  LacunaError,
  OptionError,
  TrainingError,
} from "./src/errors.ts";
export { Message, type MessagePart, type NamedSetting } from "./src/message.ts";

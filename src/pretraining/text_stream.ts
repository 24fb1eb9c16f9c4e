import { planBatches } from "../data/batching.ts";
import { packLines, type TextSequence } from "../data/line_packing.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { DataError } from "../errors.ts";
import { Random } from "../random/random.ts";
import type { Encoded } from "../text/encoded.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { Corpus } from "./corpus.ts";
import { readSegment, type Segment, segmentsOf } from "./segments.ts";
import type { PretrainingSettings } from "./settings.ts";

/** Where a stream stands: with corpus and settings this decides all that follows. */
export interface TextPosition {
  /** From 0. */
  readonly epoch: number;
  /** Segments of this epoch that were read before the pool. */
  readonly segment: number;
  /** Number of the pool over the whole run, from 0. */
  readonly pool: number;
  /** Steps of the pool that are done. */
  readonly step: number;
  /** Bytes of text that the steps of this epoch stand for. */
  readonly bytes: number;
}

/** The beginning of the first epoch. */
export const START: TextPosition = { epoch: 0, segment: 0, pool: 0, step: 0, bytes: 0 };

/** A sequence with its address, which decides how it is masked. */
export interface AddressedSequence {
  readonly encoded: Encoded;
  /** Numbers of its pool and in its pool: the same text has another address in each epoch. */
  readonly address: readonly [pool: number, index: number];
}

/** The text of one step of the optimiser. */
export interface TextStep {
  /** From 0. */
  readonly epoch: number;
  readonly microBatches: readonly (readonly AddressedSequence[])[];
}

/** What a stream makes sequences with. */
export interface TextStreamOptions {
  readonly tokenizer: Tokenizer;
  /** Most tokens of a sequence. */
  readonly maxTokens: number;
  readonly settings: Pick<
    PretrainingSettings,
    "epochs" | "maxSteps" | "batchTokens" | "accumulation" | "shuffleTokens" | "seed"
  >;
  /** Where to go on. */
  readonly position?: TextPosition;
  /** Ends the reading, throwing its reason. */
  readonly signal?: AbortSignal;
}

/**
 * The steps of a run over text of any size. Each epoch goes through all segments of the corpus in an order of
 * its own; as many of them as hold `shuffleTokens` tokens make a pool, whose sequences are shuffled and cut
 * into batches. So memory holds one pool, every line is met once an epoch, and a position is a few numbers:
 * whoever goes on from it reads the pool again.
 */
export class TextStream {
  readonly #corpus: Corpus;
  readonly #segments: readonly Segment[];
  readonly #options: TextStreamOptions;
  #position: TextPosition;
  #pool: Pool | undefined;

  constructor(corpus: Corpus, options: TextStreamOptions) {
    this.#corpus = corpus;
    this.#segments = segmentsOf(corpus);
    this.#options = options;
    this.#position = options.position ?? START;
  }

  /** Where the stream stands, behind the last step that was taken. */
  get position(): TextPosition {
    return this.#position;
  }

  /**
   * The most tokens of a micro-batch of the run, once {@linkcode hasNext} has looked: those of all the text
   * where the first pool holds it, else a full batch, or the longest sequence where that is more.
   */
  get mostTokens(): number {
    const { maxTokens, settings: { batchTokens } } = this.#options;
    const full = Math.max(batchTokens, maxTokens);
    const isWhole = this.#position.segment === 0 && this.#pool?.end === this.#segments.length;
    if (!isWhole) return full;
    return Math.min(full, this.#pool!.sequences.reduce((sum, { encoded }) => sum + encoded.ids.length, 0));
  }

  /** Bytes of text that all steps so far stand for, passes over the same text counted each. */
  get bytesDone(): number {
    return this.#position.epoch * this.#corpus.bytes + this.#position.bytes;
  }

  /**
   * Whether there is another step; reads text where it has to.
   *
   * @throws {DataError} if there is no word in the text
   * @throws the signal's reason, if it is aborted
   */
  async hasNext(): Promise<boolean> {
    const { epochs, maxSteps } = this.#options.settings;
    for (let hasWords = this.#position.bytes > 0;;) {
      if (this.#position.epoch >= epochs && maxSteps === 0) return false;
      this.#pool ??= await this.#readPool();
      if (this.#position.step < this.#pool.steps.length) return true;
      hasWords ||= this.#pool.steps.length > 0;
      const { epoch, pool } = this.#position;
      if (this.#pool.end < this.#segments.length) {
        this.#position = { ...this.#position, segment: this.#pool.end, pool: pool + 1, step: 0 };
      } else if (hasWords) {
        this.#position = { ...START, epoch: epoch + 1, pool: pool + 1 };
      } else {
        throw new DataError(
          `Expected words in the ${this.#corpus.bytes} bytes of text but found none: check the files`,
        );
      }
      this.#pool = undefined;
    }
  }

  /** The next step; only where {@linkcode hasNext} has said that there is one. */
  take(): TextStep {
    const { sequences, steps } = this.#pool!;
    const { epoch, pool, step, bytes } = this.#position;
    const all = steps[step].flat().map((index) => sequences[index].bytes);
    this.#position = {
      ...this.#position,
      step: step + 1,
      bytes: all.reduce((sum, bytes) => sum + bytes, bytes),
    };
    const microBatches = steps[step].map((batch) =>
      batch.map((index) => ({ encoded: sequences[index].encoded, address: [pool, index] as const }))
    );
    return { epoch, microBatches };
  }

  async #readPool(): Promise<Pool> {
    const { tokenizer, maxTokens, settings, signal } = this.#options;
    const { batchTokens, accumulation, shuffleTokens, seed } = settings;
    const { epoch, segment, pool } = this.#position;
    const order = new Random(seed, "segments", epoch).shuffle(this.#segments);
    const sequences: TextSequence[] = [];
    let end = segment;
    for (let tokens = 0; tokens < shuffleTokens && end < order.length; end++) {
      await yieldToHost(signal);
      const lines = await readSegment(this.#corpus, order[end]);
      for (const sequence of packLines(lines, { tokenizer, maxTokens })) {
        await yieldToHost(signal);
        sequences.push(sequence);
        tokens += sequence.encoded.ids.length;
      }
    }
    const lengths = sequences.map(({ encoded }) => encoded.ids.length);
    const batches = planBatches(lengths, { batchTokens, seed, epoch: pool });
    const steps: number[][][] = [];
    for (let at = 0; at < batches.length; at += accumulation) {
      steps.push(batches.slice(at, at + accumulation));
    }
    return { sequences, steps, end };
  }
}

interface Pool {
  readonly sequences: readonly TextSequence[];
  /** Numbers of the sequences of each micro-batch of each step. */
  readonly steps: readonly (readonly (readonly number[])[])[];
  /** Segments of the epoch that are read with it. */
  readonly end: number;
}

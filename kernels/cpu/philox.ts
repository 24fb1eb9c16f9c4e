import { philox4x32 } from "../../src/random/philox.ts";
import type { dropoutUniforms } from "../contract.ts";

/**
 * Factors of dropout: 0 where an element is dropped, `dropoutScale` (an f32, as in a uniform) where it is kept.
 *
 * A block of random bits serves four columns, so a loop along a row draws once for four elements.
 */
export class KeepScale {
  readonly #threshold: number;
  readonly #scale: number;
  readonly #key: Uint32Array;
  readonly #counter: Uint32Array;
  readonly #words = new Uint32Array(4);
  #drawn = false;

  constructor(uniforms: Readonly<Record<keyof typeof dropoutUniforms, number>>) {
    this.#threshold = uniforms.dropoutThreshold;
    this.#scale = Math.fround(uniforms.dropoutScale);
    this.#key = Uint32Array.of(uniforms.dropoutSeed, uniforms.dropoutMicroBatch);
    this.#counter = Uint32Array.of(0, 0, uniforms.dropoutStep, uniforms.dropoutSite);
  }

  /** The factor of the element at (`row`, `column`). */
  at(row: number, column: number): number {
    if (this.#threshold === 0) return this.#scale;
    const block = column >>> 2;
    const counter = this.#counter;
    if (!this.#drawn || counter[0] !== block || counter[1] !== row) {
      counter[0] = block;
      counter[1] = row;
      philox4x32(counter, this.#key, this.#words);
      this.#drawn = true;
    }
    return this.#words[column & 3] >= this.#threshold ? this.#scale : 0;
  }
}

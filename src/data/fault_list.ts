import { DataError } from "../errors.ts";
import { message, setting } from "../message.ts";
import type { Faults } from "./reading.ts";

/** How many faults are shown. */
const SHOWN = 10;
/** Characters of a fault before others are spoken of. */
const LONGEST = 170;

/** Collects what a file has that its format does not allow, so that one line does not hide the others. */
export class FaultList {
  readonly #first: string[] = [];
  readonly #places: string[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** `place` is a line or a record, `what` says what was expected there, what was found, and what to do. */
  add(place: string, what: string): void {
    this.#count++;
    if (this.#first.length >= SHOWN) return;
    this.#first.push(`${place}: ${what}`);
    this.#places.push(/\d+$/.exec(place)?.[0] ?? place);
  }

  /** What to say of them, with the number of sentences that are left out. */
  report(skipped: number): Faults {
    return { count: this.#count, first: this.#first, skipped };
  }

  /**
   * The file is read if it has no faults, or its faulty sentences may be left out; not where most of them
   * are.
   *
   * @throws {DataError} with the first fault and the places of the first ten
   */
  check({ skipFaulty, faulty, all: sentences }: { skipFaulty: boolean; faulty: number; all: number }): void {
    if (this.#count === 0) return;
    if (sentences > 1 && faulty > sentences / 2 || skipFaulty && faulty === sentences) {
      throw new DataError(
        message`${this.#shortened()}; ${faulty} of ${sentences} sentences have faults: is the file of another form?`,
      );
    }
    if (skipFaulty) return;
    const more = this.#count > SHOWN ? ", ..." : "";
    const all = this.#count === 1
      ? "its sentence"
      : `the sentences of all ${this.#count} faults (${this.#places.join(", ")}${more})`;
    throw new DataError(message`${this.#shortened()}; ${setting("skipFaulty")} leaves out ${all}`);
  }

  /** The first fault, with room for what is said of the others. */
  #shortened(): string {
    const [first] = this.#first;
    return this.#count > 1 && first.length > LONGEST ? `${first.slice(0, LONGEST)}...` : first;
  }
}

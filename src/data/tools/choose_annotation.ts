import type { AnnotatorAgreement } from "../reading.ts";
import type { Span } from "./units.ts";

/** What one person marked in a text. */
export interface Annotation {
  /** Names by which the person is known. */
  readonly annotator: readonly string[];
  readonly spans: readonly Span[];
}

/** Chooses between people who annotated the same texts, and counts how much they agree. */
export class AnnotatorChoice {
  readonly #annotator: string | undefined;
  #texts = 0;
  #pairs = 0;
  #sum = 0;
  /** Texts that the person asked for has not annotated. */
  missing = 0;

  constructor(annotator: string | undefined) {
    this.#annotator = annotator;
  }

  /**
   * The annotation that counts: the one of the person asked for, else the last; undefined where there is
   * none.
   */
  of(annotations: readonly Annotation[]): Annotation | undefined {
    if (annotations.length > 1) {
      this.#texts++;
      for (const [i, { spans }] of annotations.entries()) {
        for (const other of annotations.slice(i + 1)) {
          this.#pairs++;
          this.#sum += f1(spans, other.spans);
        }
      }
    }
    if (this.#annotator === undefined) return annotations.at(-1);
    const chosen = annotations.findLast(({ annotator }) => annotator.includes(this.#annotator!));
    if (!chosen && annotations.length > 0) this.missing++;
    return chosen;
  }

  /** Undefined where nobody annotated what another one did. */
  agreement(): AnnotatorAgreement | undefined {
    return this.#pairs === 0 ? undefined : { texts: this.#texts, f1: this.#sum / this.#pairs };
  }
}

/** Of spans against others: 2 both / (one + other), 1 where neither has any. */
function f1(a: readonly Span[], b: readonly Span[]): number {
  if (a.length + b.length === 0) return 1;
  const key = ({ start, end, type }: Span) => `${start} ${end} ${type}`;
  const others = new Set(b.map(key));
  return 2 * a.filter((span) => others.has(key(span))).length / (a.length + b.length);
}

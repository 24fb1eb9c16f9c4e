import { hashText } from "../hash.ts";

/** A short hash of data, to notice that a run would go on with other files than it began with. */
export function fingerprint(data: unknown): string {
  return hashText(JSON.stringify(data));
}

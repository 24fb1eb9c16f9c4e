import { unzipSync } from "../../dependencies.ts";
import { DataError } from "../../errors.ts";
import { listed, quote } from "../../json/quote.ts";
import { message, setting } from "../../message.ts";
import { mostUnpacked } from "./inflate.ts";

/** Whether bytes are those of a zip archive, perhaps of one without files. */
export function isZip(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) return false;
  return (bytes[2] === 3 && bytes[3] === 4) || (bytes[2] === 5 && bytes[3] === 6);
}

/** How the names of entries end that may hold labelled text. */
const LABELLED = /\.(?:jsonl?|conll|conllu|tsv|txt|iob2?|bio|spacy|parquet)$/i;

/**
 * The one labelled file in an archive; of several, as doccano writes them, that of an annotator.
 *
 * @throws {DataError} for damaged archives, those that blow up, and those with several files
 */
export function labelledEntry(
  bytes: Uint8Array,
  { file, annotator }: { readonly file: string; readonly annotator?: string },
): { readonly name: string; readonly bytes: Uint8Array } {
  const most = mostUnpacked(bytes.length);
  let size = 0;
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(bytes, {
      filter({ name, originalSize }) {
        if (!LABELLED.test(name) || /(?:^|\/)(?:__MACOSX|\.)/.test(name)) return false;
        size += originalSize;
        if (size > most) throw new RangeError(`more than ${most} bytes inside`);
        return true;
      },
    });
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new DataError(
      `${file}: expected a zip archive that can be unpacked, found ${quote(said.slice(0, 80))}`,
    );
  }
  const names = Object.keys(entries);
  const stem = (name: string) => name.slice(name.lastIndexOf("/") + 1).replace(LABELLED, "");
  const asked = annotator === undefined ? [] : names.filter((name) => stem(name) === annotator);
  const found = names.length === 1
    ? names
    : asked.length === 1
    ? asked
    : names.filter((name) => stem(name) === "all");
  if (found.length === 1) return { name: harmless(found[0]), bytes: entries[found[0]] };
  if (names.length === 0) {
    throw new DataError(
      `${file}: expected one labelled file in the archive, found none whose name ends as those that are ` +
        "read (.json, .jsonl, .conll, .conllu, .tsv, .txt, .iob, .bio, .spacy, .parquet): unpack it first",
    );
  }
  throw new DataError(
    message`${file}: expected one labelled file in the archive, found ${names.length}: ${
      listed(names.map((name) => quote(name)), 3)
    }; ${setting("annotator")} names one of several, or unpack it`,
  );
}

/** A stranger's name as messages may show it. */
function harmless(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "\ufffd").slice(-60);
}

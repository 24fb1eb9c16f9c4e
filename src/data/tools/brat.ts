/** brat's standoff files: `.ann` beside `.txt`. */

import { DataError } from "../../errors.ts";
import { quote } from "../../json/quote.ts";
import { message, setting } from "../../message.ts";
import { decodeUtf8 } from "../../text/utf8.ts";
import { FaultList } from "../fault_list.ts";
import type { LabelledFile, ReadOptions } from "../reader.ts";
import type { AnnotatedText } from "./annotated_text.ts";
import { fileOfTexts } from "./json_readers.ts";
import { plainType } from "./text_formats.ts";
import type { Span } from "./units.ts";

/** A folder's files by their names, each a document. */
export type NamedFiles = ReadonlyMap<string, Uint8Array>;

/** How documents and their annotations end. */
export const [BRAT_ANNOTATIONS, BRAT_TEXT] = [".ann", ".txt"];

/**
 * The sentences of a folder of brat.
 *
 * @throws {DataError} naming file and line; where no annotation has its text beside it
 */
export function readBrat(files: NamedFiles, options: ReadOptions & { readonly file: string }): LabelledFile {
  const faults = new FaultList();
  const texts: AnnotatedText[] = [];
  const alone: string[] = [];
  for (const name of [...files.keys()].filter((name) => name.endsWith(BRAT_ANNOTATIONS)).sort()) {
    const text = files.get(name.slice(0, -BRAT_ANNOTATIONS.length) + BRAT_TEXT);
    const path = `${options.file}/${name}`;
    if (text === undefined) {
      alone.push(name);
      continue;
    }
    const annotations = decodeUtf8(files.get(name)!, { file: path });
    // brat counts a line break of two bytes as two.
    const spans = spansIn(annotations, { file: path, faults });
    texts.push({ text: decodeUtf8(text, { file: path }), spans, place: path });
  }
  if (alone.length > 0) {
    throw new DataError(
      `${options.file}: expected a ${BRAT_TEXT} file beside every ${BRAT_ANNOTATIONS} file, found none for ${
        quote(alone[0])
      }${alone.length > 1 ? ` and ${alone.length - 1} more` : ""}`,
    );
  }
  if (faults.count > 0 && !options.skipFaulty) {
    // Faulty lines are mentions, whose texts stay.
    throw new DataError(
      message`${faults.report(0).first[0]}; ${setting("skipFaulty")} leaves out ${faults.count} faulty lines`,
    );
  }
  return fileOfTexts(texts, {
    options,
    format: "brat",
    units: ["code points", "UTF-16 units"],
    faults,
    notes: [],
    skipped: 0,
  });
}

/** The mentions in an `.ann` file; relations, events, attributes and notes are none. */
function spansIn(
  text: string,
  { file, faults }: { readonly file: string; readonly faults: FaultList },
): Span[] {
  const spans: Span[] = [];
  for (const [i, line] of text.split("\n").entries()) {
    if (line[0] !== "T") continue;
    const [, about = "", said] = line.replace(/\r$/, "").split("\t");
    const cut = about.search(/ \d+ \d+(?:;|$)/);
    const pieces = about.slice(cut + 1).split(";").map((piece) => piece.split(" ").map(Number));
    const right = cut > 0 && pieces.length < 1000 &&
      pieces.every((piece) => piece.length === 2 && piece.every(Number.isInteger) && piece[1] >= piece[0]);
    if (!right) {
      faults.add(
        `${file}:${i + 1}`,
        `expected a mention such as T1, a tab, PER 0 5, a tab, Amina, found ${quote(line)}`,
      );
      continue;
    }
    const sorted = pieces.map(([start, end]) => [start, end] as const).sort(([a], [b]) => a - b);
    spans.push({
      type: plainType(about.slice(0, cut)),
      start: sorted[0][0],
      end: sorted.at(-1)![1],
      // The text of several pieces has a space between them, whatever stands there.
      ...sorted.length === 1 ? { text: said } : { pieces: sorted },
    });
  }
  return spans;
}

/**
 * A score report as plain text for a terminal. Scores are shown in per cent.
 *
 * @module
 */

import type { Calibration } from "./calibration.ts";
import { ERROR_KINDS, type ErrorKind } from "./errors.ts";
import type { Average, Score } from "./precision_recall.ts";
import type { ScoreReport } from "./scores.ts";

const ERROR_NAMES: Readonly<Record<ErrorKind, string>> = {
  correct: "correct",
  wrongType: "wrong type",
  tooShort: "boundary too short",
  tooLong: "boundary too long",
  shifted: "boundary shifted",
  both: "type and boundary",
  missed: "missed",
  invented: "invented",
};

/**
 * The report as aligned tables, strict scores first, default (lenient) ones beside them; ends with a line
 * break.
 */
export function formatScores(report: ScoreReport): string {
  const { strict, lenient, names, sentences } = report;
  const lines = [
    `F1 ${percent(strict.micro.f1)} strict, ${percent(lenient.micro.f1)} default`,
    `${sentences.total} sentences, ${sentences.withEntities} with entities, ${sentences.correct} without an error`,
  ];
  if (report.collapse !== null) lines.push(`COLLAPSED: ${report.collapse}`);

  const [strictTypes, lenientTypes] = [strict, lenient].map(({ types }) => new Map(Object.entries(types)));
  const typeNames = [...new Set([...strictTypes.keys(), ...lenientTypes.keys()])].sort();
  const row = (label: string, a: Average | undefined, b: Average | undefined) => [
    label,
    ...cells(a),
    ...cells(b).slice(0, 3),
  ];
  lines.push(
    "",
    ...table([
      ["", "strict P", "R", "F1", "support", "default P", "R", "F1"],
      ...typeNames.map((type) => row(type, strictTypes.get(type), lenientTypes.get(type))),
      row("micro", strict.micro, lenient.micro),
      row("macro", strict.macro, lenient.macro),
      row("weighted", strict.weighted, lenient.weighted),
    ]),
  );

  const groups: [string, Score][] = Object.entries(report.lengths)
    .map(([length, score]) => [length === "1" ? "1 word" : `${length} words`, score]);
  groups.push(["3 and more words", report.long]);
  if (names !== null) groups.push(["seen in training", names.seen], ["not seen in training", names.unseen]);
  lines.push(
    "",
    ...table([
      ["entities (strict)", "P", "R", "F1", "support", "predicted"],
      ...groups.map(([label, score]) => [label, ...cells(score), String(score.predicted)]),
    ]),
  );

  const total = ERROR_KINDS.reduce((sum, kind) => sum + report.errors[kind], 0) - report.errors.correct;
  lines.push(
    "",
    ...table([
      ["findings (strict)", "count", "% of errors"],
      ...ERROR_KINDS.map((kind) => [
        ERROR_NAMES[kind],
        String(report.errors[kind]),
        kind === "correct" || total === 0 ? "" : (100 * report.errors[kind] / total).toFixed(1),
      ]),
    ]),
  );
  return lines.join("\n") + "\n";
}

/** How well entity scores are calibrated, in a sentence. */
export function formatCalibration({ temperature, before, after }: Calibration): string {
  const error = "Scores of entities have an expected calibration error of";
  if (temperature === 1) return `${error} ${percent(before)} %.`;
  return `${error} ${percent(after)} %, at the temperature ${temperature} that fits dev best; ` +
    `without it ${percent(before)} %.`;
}

function percent(score: number): string {
  return (100 * score).toFixed(2);
}

/** Precision, recall, F1 and support; dashes for a type that one reading does not have. */
function cells(score: Average | undefined): string[] {
  if (score === undefined) return ["-", "-", "-", "-"];
  return [percent(score.precision), percent(score.recall), percent(score.f1), String(score.support)];
}

/** Pads the first column to the right and all others to the left. */
function table(rows: readonly (readonly string[])[]): string[] {
  const width = (text: string) => [...text].length;
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => width(row[column]))));
  return rows.map((row) =>
    row.map((cell, column) => {
      const padding = " ".repeat(widths[column] - width(cell));
      return column === 0 ? cell + padding : padding + cell;
    }).join("  ").trimEnd()
  );
}

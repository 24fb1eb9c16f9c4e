/** @jsxImportSource preact */
import { ERROR_KINDS } from "../../../evaluation/errors.ts";
import { type Measure, type MeasureName, MEASURES } from "../../../study/measures.ts";
import type { Effect, Slice } from "../../../study/outcomes.ts";
import { detectableEffect } from "../../../study/power.ts";
import { runName } from "../../../study/record.ts";
import { formatBytes, formatCount } from "../../frame/format.ts";
import { spoken } from "./figures.tsx";
import { changed, digits, measured, percent, points, range } from "./numbers.ts";
import { scoreOf } from "./run_rows.ts";
import type { StudyReport } from "./study_report.ts";
import { Table } from "./table.tsx";

const measures = Object.entries(MEASURES) as [MeasureName, Measure][];

/** Every number of the report. */
export function NumberTables({ report }: { readonly report: StudyReport }) {
  const { cells, runs, outcomes, split, control, datasets, plan } = report;
  const tested = runs.filter(({ errors }) => errors);
  return (
    <section>
      <h2>All numbers</h2>
      <Table
        caption={`Strict F1 on ${split} of every cell, per cent, over seeds`}
        head={["data set", "sentences", "arm", "runs", "mean", "standard deviation", "lowest", "highest"]}
        numbersFrom={3}
        rows={cells.map(({ dataset, size, arm, runs, planned, f1, deviation }) => [
          dataset,
          size,
          arm,
          runs === planned ? String(runs) : `${runs} of ${planned}`,
          f1 ? percent(f1.mean) : "missing",
          percent(deviation),
          percent(f1?.low),
          percent(f1?.high),
        ])}
      />
      {outcomes.flatMap(({ arm, slices }) =>
        slices.filter(({ dataset, size }) =>
          // With one data set or one size it is the same as all runs.
          (dataset === null || datasets.length > 1) && (size === null || plan.sizes.length > 1)
        ).map((slice) => (
          <Table
            caption={`${arm} against ${control}, ${
              placeOf(slice)
            } (${slice.pairs} pairs of runs; shares in per cent, memory in bytes; F1 over sentences and ` +
              `seeds ${range(slice.f1Bootstrap, points)} points)`}
            head={[
              "measure",
              arm,
              control,
              "change",
              "95 % interval (sign-flip)",
              "p",
              "differences",
              "could have seen",
            ]}
            rows={measures.flatMap(([name, measure]) => effectRow(measure, slice.effects[name]))}
          />
        ))
      )}
      <Table
        caption="Every run: scores and cost"
        head={[
          ...["run", "seed", `F1 on ${split}, %`, "best dev F1, %", "best epoch", "steps", "tokens"],
          ...["tokens to best", "seconds", "s to best", "s a step", "peak memory", "trained", "parameters"],
        ]}
        rows={runs.map((run) => [
          runName(run.key),
          run.key.seed,
          percent(scoreOf(run)),
          percent(run.dev.f1),
          digits(run.dev.bestEpoch),
          formatCount(run.cost.steps),
          formatCount(run.cost.forwardBackwardTokens),
          formatCount(run.cost.tokensToBest),
          digits(run.cost.seconds),
          digits(run.cost.secondsToBest),
          digits(run.cost.secondsPerStep),
          formatBytes(run.cost.peakBytes),
          formatCount(run.cost.parameters.trainable),
          formatCount(run.cost.parameters.total),
        ])}
      />
      {tested.length > 0 && (
        <>
          <Table
            caption="Every run: findings on test"
            head={["run", "gold", "predicted", ...ERROR_KINDS.map(spoken)]}
            rows={tested.map(({ key, gold, predicted, errors }) => [
              runName(key),
              gold,
              predicted,
              ...ERROR_KINDS.map((kind) => errors![kind]),
            ])}
          />
          <Table
            caption="Every run: measures on test, shares in per cent"
            head={["run", ...testMeasures.map(([, { label }]) => label), "not measured, because"]}
            rows={tested.map(({ key, measures, absent }) => [
              runName(key),
              ...testMeasures.map(([name, measure]) => measured(measures[name], measure)),
              absent.join("; ") || "–",
            ])}
          />
        </>
      )}
      <Table
        caption="Every run: F1 on dev at each evaluation, per cent"
        head={["run", "evaluations: tokens (F1)"]}
        numbersFrom={2}
        rows={runs.map(({ key, curve }) => [
          runName(key),
          curve.map(({ tokens, devF1 }) => `${formatCount(tokens)} (${percent(devF1)})`).join(", "),
        ])}
      />
    </section>
  );
}

/** What is not a cost: those have a table of their own. */
const testMeasures = measures.filter(([, { scale }]) => scale !== "ratio");

function placeOf({ dataset, size }: Slice): string {
  if (dataset === null && size === null) return "all runs";
  return [dataset, size === null ? null : `${size} sentences`].filter((part) => part !== null).join(", ");
}

function effectRow(measure: Measure, effect: Effect | undefined): string[][] {
  if (effect === undefined) return [];
  const show = (value: number) => changed(value, measure);
  const seen = detectableEffect(effect);
  return [[
    measure.label,
    measured(effect.arm, measure),
    measured(effect.control, measure),
    show(effect.change),
    range(effect.interval, show),
    String(Number(effect.p.toPrecision(2))),
    String(effect.differences),
    seen === null ? "–" : show(measure.scale === "ratio" ? Math.exp(seen) : seen),
  ]];
}

/** @jsxImportSource preact */
import { ERROR_KINDS } from "../../../evaluation/errors.ts";
import { mean } from "../../../study/mean.ts";
import type { MeasureName } from "../../../study/measures.ts";
import type { Slice } from "../../../study/outcomes.ts";
import { type Dot, type DotAxes, dotChart } from "./dot_chart.ts";
import { lineChart } from "./line_chart.ts";
import { type ArmLook, lookOf, SYMBOLS } from "./palette.ts";
import type { RunRow } from "./run_rows.ts";
import type { StudyReport } from "./study_report.ts";

/** An arm, and how all plots draw it. */
interface LookedArm {
  readonly name: string;
  readonly look: ArmLook;
}

/** All plots, each with a caption, and above plots of a kind their legend. */
export function Figures({ report }: { readonly report: StudyReport }) {
  const { plan, datasets, runs, split } = report;
  const tested = runs.some(({ errors }) => errors !== undefined);
  const arms = plan.arms.map(({ name }, i) => ({ name, look: lookOf(i) }));
  const present = plan.sizes.filter((size) => runs.some(({ key }) => key.size === size));
  const cells = datasets.flatMap((dataset) => plan.sizes.map((size) => ({ dataset, size })))
    .map((cell) => ({
      ...cell,
      own: runs.filter(({ key }) => key.dataset === cell.dataset && key.size === cell.size),
    }))
    .filter(({ own }) => own.length > 0);
  if (runs.length === 0) return <p>There are no finished runs yet, so there is nothing to plot.</p>;
  return (
    <>
      <h3>F1 by training size</h3>
      <Legend arms={arms} />
      <div class="figures">
        {datasets.map((dataset, n) => (
          <Figure
            svg={lineChart(
              arms.map((arm) => ({ ...arm, points: learningCurve(report, { arm: arm.name, dataset }) })),
              {
                id: `size-${n}`,
                x: "training sentences",
                y: `F1 on ${split}, %`,
                categories: plan.sizes.map(String),
              },
            )}
            caption={`${dataset}: strict F1 on ${split} by number of training sentences. Points: mean over seeds; ` +
              "whiskers: one standard deviation over seeds, where there are two or more."}
          />
        ))}
      </div>
      {report.outcomes.some(({ slices }) => slices.length > 0) && (
        <>
          <h3>Differences to {report.control}</h3>
          <Legend arms={arms.slice(1)} />
          <div class="figures">
            <Figure
              svg={forestPlot(report, arms.slice(1))}
              caption={`Change of strict F1 against ${report.control} in points, with the 95 % interval of the paired ` +
                "bootstrap over sentences and seeds. Right of the line the arm is better. An interval clear of 0 is not " +
                "yet a verdict: that also takes the sign-flip test."}
            />
          </div>
        </>
      )}
      <h3>Dev F1 over compute</h3>
      <Legend arms={arms} />
      <div class="figures">
        {cells.map(({ dataset, size, own }, n) => (
          <Figure
            svg={lineChart(
              arms.map((arm) => ({
                ...arm,
                points: devCurve(own.filter(({ key }) => key.arm === arm.name)),
              })),
              { id: `dev-${n}`, x: "forward-backward tokens", y: "F1 on dev, %" },
            )}
            caption={`${dataset}, ${size} sentences: strict F1 on dev during training, mean over seeds. Masked copies ` +
              "count as tokens, so lines at the same place have had the same compute."}
          />
        ))}
      </div>
      {tested && (
        <>
          <FiguresBySize
            title="Kinds of errors"
            caption="errors of each kind per 100 gold names, mean over data sets and seeds"
            sizes={present}
            arms={arms}
            valuesOf={(cell) => KINDS.map((kind) => errorRate(runs, { ...cell, kind }))}
            axis={{ id: "errors", x: "errors per 100 gold names", categories: KINDS.map(spoken) }}
          />
          <FiguresBySize
            title="F1 by length of the name"
            caption="strict F1 of names by their number of words, mean over data sets and seeds"
            sizes={present}
            arms={arms}
            valuesOf={(cell) => LENGTHS.map(([measure]) => lengthF1(runs, { ...cell, measure }))}
            axis={{ id: "length", x: "F1 on test, %", categories: LENGTHS.map(([, name]) => name) }}
          />
        </>
      )}
    </>
  );
}

const KINDS = ERROR_KINDS.filter((kind) => kind !== "correct");
const LENGTHS: readonly [MeasureName, string][] = [
  ["f1Length1", "1 word"],
  ["f1Length2", "2 words"],
  ["f1Length3", "3 words"],
  ["f1Length4", "4+ words"],
];

/** The name of an error kind for people: `too short`. */
export function spoken(kind: string): string {
  return kind === "both" ? "type and words" : kind.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** A plot for each size: the arms side by side in categories. */
function FiguresBySize({ title, caption, sizes, arms, valuesOf, axis }: {
  readonly title: string;
  /** Of each plot, behind its size. */
  readonly caption: string;
  readonly sizes: readonly number[];
  readonly arms: readonly LookedArm[];
  /** A value of each category. */
  readonly valuesOf: (cell: { arm: string; size: number }) => readonly (Dot | undefined)[];
  readonly axis: DotAxes;
}) {
  return (
    <>
      <h3>{title}</h3>
      <Legend arms={arms} />
      <div class="figures">
        {sizes.map((size, n) => (
          <Figure
            svg={dotChart(
              arms.map((arm) => ({ ...arm, values: valuesOf({ arm: arm.name, size }) })),
              { ...axis, id: `${axis.id}-${n}` },
            )}
            caption={`${size} sentences: ${caption}.`}
          />
        ))}
      </div>
    </>
  );
}

/** A plot with its caption. The numbers behind it stand in the tables, so a screen reader reads the caption alone. */
function Figure({ svg, caption }: { readonly svg: string; readonly caption: string }) {
  return (
    <figure>
      <div class="plot" dangerouslySetInnerHTML={{ __html: svg }} />
      <figcaption>{caption}</figcaption>
    </figure>
  );
}

function Legend({ arms }: { readonly arms: readonly LookedArm[] }) {
  return (
    <ul class="legend" aria-label="Arms in the plots">
      {arms.map(({ name, look }) => (
        <li>
          <svg viewBox="-18 -8 36 16" width="36" height="16" aria-hidden="true">
            <path
              d="M-18 0H18"
              stroke={look.color}
              stroke-width="2"
              stroke-dasharray={{ solid: undefined, dashed: "6 3", dotted: "2 2" }[look.dash]}
            />
            <path d={SYMBOLS[look.symbol]} fill={look.color} />
          </svg>
          {name}
        </li>
      ))}
    </ul>
  );
}

function learningCurve(
  { cells, plan: { sizes } }: StudyReport,
  { arm, dataset }: { arm: string; dataset: string },
) {
  return cells.flatMap((cell) => {
    if (cell.arm !== arm || cell.dataset !== dataset || cell.f1 === null) return [];
    const [y, deviation] = [100 * cell.f1.mean, cell.deviation];
    const ends = deviation === null ? {} : { low: y - 100 * deviation, high: y + 100 * deviation };
    return [{ x: sizes.indexOf(cell.size), y, ...ends }];
  });
}

/** Means over runs at each evaluation that all of them have. */
function devCurve(runs: readonly RunRow[]): { x: number; y: number }[] {
  if (runs.length === 0) return [];
  const evaluations = Math.min(...runs.map(({ curve }) => curve.length));
  return Array.from({ length: evaluations }, (_, i) => ({
    x: mean(runs.map(({ curve }) => curve[i].tokens)),
    y: 100 * mean(runs.map(({ curve }) => curve[i].devF1)),
  }));
}

function forestPlot(
  { outcomes, datasets, plan: { sizes } }: StudyReport,
  arms: readonly LookedArm[],
): string {
  const groups: { dataset: string | null; size: number | null; name: string }[] = [
    { dataset: null, size: null, name: "all runs" },
    ...(sizes.length > 1 ? sizes.map((size) => ({ dataset: null, size, name: `${size} sentences` })) : []),
    ...(datasets.length > 1 ? datasets.map((dataset) => ({ dataset, size: null, name: dataset })) : []),
  ];
  const dots = arms.map(({ name, look }) => {
    const slices = outcomes.find(({ arm }) => arm === name)!.slices;
    return {
      name,
      look,
      values: groups.map(({ dataset, size }) =>
        dotOf(slices.find((slice) => slice.dataset === dataset && slice.size === size))
      ),
    };
  });
  return dotChart(dots, {
    id: "forest",
    x: "change of F1, points",
    categories: groups.map(({ name }) => name),
    zero: true,
  });
}

function dotOf(slice: Slice | undefined): Dot | undefined {
  if (!slice?.effects.f1) return undefined;
  const { low, high } = slice.f1Bootstrap;
  return { value: 100 * slice.effects.f1.change, low: 100 * low, high: 100 * high };
}

function errorRate(
  runs: readonly RunRow[],
  { arm, size, kind }: { arm: string; size: number; kind: typeof KINDS[number] },
): Dot | undefined {
  const rates = runs.flatMap(({ key, errors, gold }) =>
    key.arm === arm && key.size === size && errors && gold ? [100 * errors[kind] / gold] : []
  );
  return rates.length === 0 ? undefined : { value: mean(rates) };
}

function lengthF1(
  runs: readonly RunRow[],
  { arm, size, measure }: { arm: string; size: number; measure: MeasureName },
): Dot | undefined {
  const values = runs.flatMap(({ key, measures }) =>
    key.arm === arm && key.size === size ? measures[measure] ?? [] : []
  );
  return values.length === 0 ? undefined : { value: 100 * mean(values) };
}

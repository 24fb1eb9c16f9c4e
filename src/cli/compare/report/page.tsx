/** @jsxImportSource preact */
import { renderToString } from "preact-render-to-string";
import { describeBudget } from "../../../study/plan.ts";
import { runName } from "../../../study/record.ts";
import { counted } from "../../frame/format.ts";
import { ExampleSection } from "./example_section.tsx";
import { Figures } from "./figures.tsx";
import { NumberTables } from "./number_tables.tsx";
import { SettingsSection } from "./settings_section.tsx";
import type { StudyReport } from "./study_report.ts";
import { style } from "./style.ts";
import { PowerSection, VerdictSection } from "./verdict_section.tsx";

/** Of every report. */
export const TITLE = "What span masking changes";

/** The report as one HTML file, which loads nothing and runs nothing. It is rendered once, so elements need no keys. */
export function reportPage(report: StudyReport): string {
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{TITLE}</title>
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body>
        <main>
          <h1>{TITLE}</h1>
          <p class="headline">{report.headline}</p>
          <AskedSection report={report} />
          <VerdictSection report={report} />
          <PowerSection report={report} />
          <GapsSection report={report} />
          <section>
            <h2>Plots</h2>
            <Figures report={report} />
          </section>
          <ExampleSection report={report} />
          <NumberTables report={report} />
          <SettingsSection report={report} />
        </main>
      </body>
    </html>
  );
  return `<!doctype html>\n${renderToString(page)}\n`;
}

function AskedSection({ report: { plan, datasets, control, split, planned, runs } }: Props) {
  return (
    <section>
      <h2>What was asked</h2>
      <p>
        Does masking in the fine-tuning of a named entity tagger change what comes out, with the same compute
        for all? {counted(plan.arms.length, "arm")} ({plan.arms.map(({ name }) => name).join(", ")}) on{" "}
        {counted(datasets.length, "data set")} ({datasets.join(", ")}), with {plan.sizes.join(", ")}{" "}
        training sentences and {counted(plan.seeds.length, "seed")} each; the control is{" "}
        <strong>{control}</strong>. A run may spend the forward-backward tokens of {describeBudget(plan)}{" "}
        without masked copies; the model that was best on dev is the one that counts. Scores are strict F1 on
        {" "}
        {split}. {runs.length} of {counted(planned, "run")} are finished.
      </p>
    </section>
  );
}

function GapsSection({ report: { missing, failures, cuts, devices } }: Props) {
  return (
    <section>
      <h2>What is missing</h2>
      <ul>
        <li>
          {cuts.length === 0 ? "Nothing was cut to a budget." : `Cut to the budget: ${cuts.join(", ")}.`}
        </li>
        {failures.map(({ run, message }) => <li>{run} diverged: {message}</li>)}
        <li>
          {missing.length === 0
            ? "Every run of the plan is there."
            : `${counted(missing.length, "run")} missing: ${missing.map(runName).join(", ")}.`}
        </li>
        {devices.length > 1 && (
          <li>Computed on several devices, which round differently: {devices.join("; ")}.</li>
        )}
      </ul>
    </section>
  );
}

interface Props {
  readonly report: StudyReport;
}

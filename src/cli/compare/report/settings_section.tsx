/** @jsxImportSource preact */
import { describeBudget } from "../../../study/plan.ts";
import { runName } from "../../../study/record.ts";
import type { StudyReport } from "./study_report.ts";
import { Table } from "./table.tsx";

/** Every setting and seed, versions, devices, and how to get this again. */
export function SettingsSection({ report }: { readonly report: StudyReport }) {
  const { plan, runs, devices, models, versions, command, chosenRates } = report;
  const names = [...new Set(runs.flatMap(({ settings }) => Object.keys(settings)))];
  const shared = names.filter((name) =>
    new Set(runs.map(({ settings }) => shown(settings[name]))).size === 1
  );
  const others = names.filter((name) => !shared.includes(name));
  return (
    <section>
      <h2>Settings, versions and how to reproduce</h2>
      <p>The same command goes on where it was interrupted, and makes this report again:</p>
      <pre tabIndex={0}><code>{command}</code></pre>
      <p>
        plan.json beside this file holds the plan; <code>--plan</code> carries it out.
      </p>
      <Table
        caption="The plan"
        head={["what", "value"]}
        rows={[
          ["arms", plan.arms.map(({ name }) => name).join(", ")],
          ["data sets", report.datasets.join(", ")],
          ["training sentences", plan.sizes.join(", ")],
          ["seeds", plan.seeds.join(", ")],
          ["budget of a run", `the tokens of ${describeBudget(plan)} without masked copies`],
          ["test sentences", plan.devOnly ? "left untouched" : plan.testLimit === 0 ? "all" : plan.testLimit],
          ["tuning on dev", plan.tuning ? shown(plan.tuning) : "none"],
          ["learning rates chosen", Object.keys(chosenRates).length > 0 ? shown(chosenRates) : "none"],
          ["adaptation to unlabelled text", plan.adaptation ? shown(plan.adaptation) : "none"],
          ["model", models.join("; ") || "–"],
          ["device", devices.join("; ") || "–"],
          [
            "versions",
            versions.map((each) => Object.entries(each).map((pair) => pair.join(" ")).join(", ")).join(
              "; ",
            ) ||
            "–",
          ],
        ]}
        numbersFrom={2}
      />
      <Table
        caption="Arms: their own settings, and their share of the budget"
        head={["arm", "settings", "share"]}
        numbersFrom={2}
        rows={plan.arms.map(({ name, settings, share }) => [
          name,
          Object.entries(settings).map(([key, value]) => `${key} ${shown(value)}`).join(", "),
          share,
        ])}
      />
      {shared.length > 0 && (
        <Table
          caption="Settings that all runs share"
          head={["setting", "value"]}
          numbersFrom={2}
          rows={shared.map((name) => [name, shown(runs[0].settings[name])])}
        />
      )}
      {others.length > 0 && (
        <Table
          caption="Settings that differ between runs"
          head={["run", ...others, "device"]}
          numbersFrom={others.length + 2}
          rows={runs.map(({ key, settings, device }) => [
            runName(key),
            ...others.map((name) => shown(settings[name])),
            device,
          ])}
        />
      )}
    </section>
  );
}

function shown(value: unknown): string {
  if (value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}

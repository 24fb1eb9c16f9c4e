/** @jsxImportSource preact */
import type { Status } from "../../../study/decide.ts";
import type { Verdict } from "../../../study/verdicts.ts";
import { points } from "./numbers.ts";
import type { StudyReport } from "./study_report.ts";
import { Table } from "./table.tsx";

/** The outcomes that masking is said to have. */
const OUTCOMES: Readonly<Record<Verdict["outcome"], string>> = {
  1: "Less training time",
  2: "Better text generation",
  3: "Better F1, by context and boundaries",
  4: "Less memory, fewer parameters",
  5: "A bias to longer names",
};

/** The verdict on each outcome in plain words. */
export function VerdictSection({ report }: { readonly report: StudyReport }) {
  const { verdicts, control } = report;
  if (verdicts.length === 0 || report.plan.devOnly) return null;
  const numbers = [1, 2, 3, 4, 5] as const;
  return (
    <section>
      <h2>Verdicts</h2>
      <p>
        Each arm against <strong>{control}</strong>{" "}
        on the same seeds, samples and budget, by rules that were fixed before there were results. “Not
        supported” says that a change worth having is ruled out; “cannot tell” that these runs show neither.
        Tests are corrected for all arms and sizes that were looked at.
      </p>
      <Table
        caption="At a glance, over all sizes; outcome 3 is strict F1"
        head={["arm", ...numbers.map((number) => `${number}. ${OUTCOMES[number]}`)]}
        numbersFrom={6}
        rows={report.outcomes.map(({ arm }) => [
          arm,
          ...numbers.map((number) => {
            // The first claim of an outcome is the main one.
            const main = verdicts.find((v) => v.arm === arm && v.outcome === number && v.size === null)!;
            return <Badge status={main.status} />;
          }),
        ])}
      />
      {numbers.map((number) => (
        <>
          <h3>{number}. {OUTCOMES[number]}</h3>
          {claimsOf(verdicts, number).map(([claim, own]) => (
            <>
              <h4>{claim}</h4>
              <dl class="verdicts">
                {own.map(({ arm, size, status, text }) => (
                  <div>
                    <dt>
                      {arm}
                      {size === null ? "" : `, ${size} sentences`} <Badge status={status} />
                    </dt>
                    <dd>{text}</dd>
                  </div>
                ))}
              </dl>
            </>
          ))}
        </>
      ))}
    </section>
  );
}

/** How large an effect these runs could have seen. */
export function PowerSection({ report }: { readonly report: StudyReport }) {
  if (report.power.length === 0) return null;
  return (
    <section>
      <h2>How large an effect could have been seen</h2>
      <p>
        The change of strict F1 that a grid with the observed spread finds in 80 of 100 cases at the two-sided
        5 % level, before correction for several arms. A difference is one seed of one data set, averaged over
        sizes; fewer than six show nothing, however large the effect is.
      </p>
      <Table
        caption="Power, strict F1 in points"
        head={[
          "arm",
          "differences",
          "standard deviation",
          "could have seen",
          "differences to see 1 point",
          "to see 3 points",
        ]}
        rows={report.power.map(({ arm, differences, spread, detectable, forOnePoint, forThreePoints }) => [
          arm,
          differences,
          spread === null ? "not known" : (100 * spread).toFixed(2),
          detectable === null ? "nothing: fewer than six differences" : points(detectable),
          needed(forOnePoint, spread),
          needed(forThreePoints, spread),
        ])}
      />
    </section>
  );
}

const SIGNS: Readonly<Record<Status, string>> = { supported: "✓", "not supported": "✗", "cannot tell": "?" };

function Badge({ status }: { readonly status: Status }) {
  return (
    <span class={`badge ${status.replace(" ", "-")}`}>
      <span aria-hidden="true">{SIGNS[status]}</span> {status}
    </span>
  );
}

function claimsOf(verdicts: readonly Verdict[], number: Verdict["outcome"]): [string, Verdict[]][] {
  return [...Map.groupBy(verdicts.filter(({ outcome }) => outcome === number), ({ claim }) => claim)];
}

function needed(differences: number | null, spread: number | null): string {
  if (differences !== null) return String(differences);
  return spread === null ? "not known" : "more than 1,000";
}

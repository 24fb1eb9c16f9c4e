/** @jsxImportSource preact */
import { entitiesOf } from "../../../data/entities.ts";
import type { Disagreement } from "./disagreements.ts";
import type { StudyReport } from "./study_report.ts";

/** Tagged sentences in which arms disagree. */
export function ExampleSection({ report: { disagreements, control } }: { readonly report: StudyReport }) {
  if (disagreements.length === 0) return null;
  return (
    <section>
      <h2>Sentences in which arms disagree</h2>
      <p>
        Picked by rule, not by taste: of one run of each arm and data set (the largest size, the first seed
        that both have), the sentences where it saves the most errors against {control}{" "}
        and those where it costs the most. They show what differs, not how often.
      </p>
      {disagreements.map((each) => <Example {...each} {...{ controlName: control }} />)}
    </section>
  );
}

function Example(
  { arm, dataset, size, seed, sentence, words, gold, control, treatment, gain, controlName }:
    & Disagreement
    & { readonly controlName: string },
) {
  const errors = Math.abs(gain) === 1 ? "error" : "errors";
  const readings = [["gold", gold], [controlName, control], [arm, treatment]] as const;
  return (
    <article class="example">
      <h3>
        {arm}, {dataset}, test sentence {sentence}: {Math.abs(gain)} {gain > 0 ? "fewer" : "more"} {errors}
      </h3>
      <p class="note">{size} training sentences, seed {seed}</p>
      <dl>
        {readings.map(([name, tags]) => (
          <div>
            <dt>{name}</dt>
            <dd>
              <Tagged words={words} tags={tags} />
            </dd>
          </div>
        ))}
      </dl>
    </article>
  );
}

/** A sentence with its names marked. */
function Tagged({ words, tags }: { readonly words: readonly string[]; readonly tags: readonly string[] }) {
  const parts = [];
  let at = 0;
  for (const { start, end, type } of entitiesOf(tags, "strict")) {
    parts.push(words.slice(at, start).join(" "), " ");
    parts.push(
      <mark>
        {words.slice(start, end).join(" ")} <b>{type}</b>
      </mark>,
      " ",
    );
    at = end;
  }
  return <bdi>{parts} {words.slice(at).join(" ")}</bdi>;
}

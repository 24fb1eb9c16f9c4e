/** Exports of annotation tools, all of the same text. */

/** Two sentences. */
export const TEXT = "Amina Juma alienda Dar es Salaam. Leo Rose yuko UNESCO.";
/** Its mentions, in any unit: the text is plain. */
export const SPANS: [number, number, string][] = [[0, 10, "PER"], [19, 32, "LOC"], [38, 42, "PER"], [
  48,
  54,
  "ORG",
]];
/** Mentions as Label Studio writes them. */
export const result = (spans: readonly [number, number, string][], text = TEXT, from_name = "label") =>
  spans.map(([start, end, type]) => ({
    from_name,
    to_name: "text",
    type: "labels",
    value: { start, end, text: text.slice(start, end), labels: [type] },
  }));
/** A task of Label Studio. */
export const task = (annotations: unknown[], text = TEXT) => ({ id: 1, data: { text }, annotations });

const named = SPANS.map(([start, end, label]) => ({ start, end, label }));
const json = (format: string, value: unknown) => ({ format, text: JSON.stringify(value) });

/** What each tool exports, and what its format is called. */
export const EXPORTS: Readonly<Record<string, { readonly format: string; readonly text: string }>> = {
  "Label Studio": json("Label Studio JSON", [task([{ result: result(SPANS) }])]),
  "Label Studio, old": json("Label Studio JSON", [{
    data: { t: TEXT },
    completions: [{ result: result(SPANS) }],
  }]),
  "JSON_MIN": json("Label Studio JSON_MIN", [
    { id: 1, text: TEXT, label: result(SPANS).map(({ value }) => value), annotator: 1 },
  ]),
  "doccano": json("doccano JSONL", { id: 1, text: TEXT, label: SPANS }),
  "doccano, older": json("doccano JSONL", { text: TEXT, labels: SPANS }),
  "doccano with relations": json("doccano JSONL", {
    text: TEXT,
    entities: SPANS.map(([start_offset, end_offset, label], id) => ({ id, label, start_offset, end_offset })),
    relations: [],
  }),
  "Prodigy": json("Prodigy or spaCy JSONL", { text: TEXT, spans: named, answer: "accept" }),
  "spaCy's tuples": json("Prodigy or spaCy JSONL", [[TEXT, { entities: SPANS }]]),
};

/** An archive with one packed file. */
export function zipOf(name: string, packed: Uint8Array, size: number): Uint8Array {
  const title = new TextEncoder().encode(name);
  const fields = (central: boolean) => {
    const bytes = new Uint8Array(central ? 46 : 30);
    const view = new DataView(bytes.buffer);
    const shift = central ? 2 : 0;
    view.setUint32(0, central ? 0x02014b50 : 0x04034b50, true);
    view.setUint16(8 + shift, 8, true);
    view.setUint32(18 + shift, packed.length, true);
    view.setUint32(22 + shift, size, true);
    view.setUint16(26 + shift, title.length, true);
    return bytes;
  };
  const [local, central, end] = [fields(false), fields(true), new Uint8Array(22)];
  const view = new DataView(end.buffer);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(8, 1, true);
  view.setUint16(10, 1, true);
  view.setUint32(12, central.length + title.length, true);
  view.setUint32(16, local.length + title.length + packed.length, true);
  return new Uint8Array([...local, ...title, ...packed, ...central, ...title, ...end]);
}

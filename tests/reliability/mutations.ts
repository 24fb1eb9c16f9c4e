/**
 * Damage to files as values of fast-check, which repeats and shrinks it: to bytes, and to the structure of
 * JSON.
 */

import fc from "fast-check";

/** What can be done to a file; fast-check prints the changes that it is made of. */
export type Damage = (file: Uint8Array) => Uint8Array;

function damage<Change>(changes: readonly Change[], apply: Damage): Damage {
  return Object.assign(apply, { [fc.toStringMethod]: () => JSON.stringify(changes) });
}

/** The damage, done to a part of a file. */
export function within(part: (damage: Damage) => Damage): (damage: Damage) => Damage {
  return (inner) => Object.assign(part(inner), { [fc.toStringMethod]: () => fc.stringify(inner) });
}

/** Where a change is made, as a number that is taken modulo however many places there are. */
const place = fc.nat();

/**
 * One to four changes to bytes: flipped bits, other bytes, more digits, stretches removed, repeated or cut
 * off.
 */
export const byteDamage: fc.Arbitrary<Damage> = fc.array(
  fc.record({
    kind: fc.constantFrom("flip", "set", "digits", "remove", "repeat", "cut", "hostile"),
    at: place,
    length: fc.integer({ min: 1, max: 8 }),
    value: fc.integer({ min: 0, max: 255 }),
    bytes: fc.constantFrom(...'\0 \x1b \ufeff \u2028 \r \n \t { [ " \\ , : - - - 1e9'.split(" ")),
  }),
  { minLength: 1, maxLength: 4 },
).map((changes) =>
  damage(changes, (file) => {
    let bytes = [...file];
    for (const { kind, at: index, length, value, bytes: text } of changes) {
      const at = index % Math.max(1, bytes.length);
      if (kind === "flip") bytes[at] ^= 1 << value % 8;
      else if (kind === "set") bytes[at] = value;
      else if (kind === "digits") bytes.splice(at, 0, ...Array(length).fill(0x30 + value % 10));
      else if (kind === "remove") bytes.splice(at, length);
      else if (kind === "repeat") bytes.splice(at, 0, ...bytes.slice(at, at + length * length));
      else if (kind === "cut") bytes = bytes.slice(0, at);
      else bytes.splice(at, 0, ...new TextEncoder().encode(text));
    }
    return Uint8Array.from(bytes);
  })
);

/** One to eight flipped bits, which leave every byte in its place. */
export const bitDamage: fc.Arbitrary<Damage> = fc.array(
  fc.record({ at: place, bit: fc.nat(7) }),
  { minLength: 1, maxLength: 8 },
).map((changes) =>
  damage(changes, (file) => {
    const bytes = file.slice();
    for (const { at, bit } of changes) bytes[at % bytes.length] ^= 1 << bit;
    return bytes;
  })
);

/**
 * A part is repeated up to so many characters: a file of gigabytes would show how long its damage takes, no
 * more.
 */
const LONGEST_REPEAT = 20_000;
/** A file that is longer is damaged enough. */
const LONGEST_FILE = 100_000;

/** JSON that keeps what `JSON.parse` would lose: equal keys, `__proto__`, numbers as they are written. */
type Node = { entries: [key: string, value: Node][] } | { items: Node[] } | { text: string };

function nodeOf(value: unknown): Node {
  if (Array.isArray(value)) return { items: value.map(nodeOf) };
  if (typeof value !== "object" || value === null) return { text: JSON.stringify(value) };
  return { entries: Object.entries(value).map(([key, each]) => [JSON.stringify(key), nodeOf(each)]) };
}

function textOf(node: Node): string {
  if ("text" in node) return node.text;
  if ("items" in node) return `[${node.items.map(textOf).join(",")}]`;
  return `{${node.entries.map(([key, value]) => `${key}:${textOf(value)}`).join(",")}}`;
}

const numbers = [
  ..."0 -0 -1 1 2 3 1.5 0.1 -1e-320 1e3 4096 65536 16777215 2147483647 2147483648 4294967296".split(" "),
  ..."9007199254740991 9007199254740993 1e15 1e19 1e308 1e999 -1e999 123456789012345678901234567890".split(
    " ",
  ),
];
const words = [
  "__proto__",
  "constructor",
  "toString",
  "length",
  "type",
  "prototype",
  "hasOwnProperty",
  "0",
  "",
];
const hostileText = fc.oneof(
  fc.constantFrom(...words).map((word) => JSON.stringify(word)),
  fc.constantFrom("\\u0000", "\\u001b[2J", "\\ud800", "\\n", "\\u202e", "\u00e9\u0301", "(a+)+$", "[", "\\\\")
    .map(
      (text) => `"${text}"`,
    ),
  fc.tuple(fc.constantFrom("x", "\u8a9e", "\\u0007", "-", "\\n"), fc.integer({ min: 1, max: 3000 }))
    .map(([unit, times]) => `"${unit.repeat(times)}"`),
);
const hostileValue: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "null",
    "true",
    "false",
    "[]",
    "{}",
    '""',
    "[[]]",
    "[null]",
    '{"a":1}',
    '{"type":"Sequence"}',
  ),
  fc.constantFrom(...numbers),
  hostileText,
  fc.tuple(
    fc.constantFrom("[", '{"a":', '{"__proto__":', '{"type":"Sequence","normalizers":['),
    fc.nat(20_000),
  )
    .map(([open, depth]) => {
      const close = open.replace(/[^[{]/g, "").split("").reverse().map((each) => each === "[" ? "]" : "}");
      return `${open.repeat(depth)}1${close.join("").repeat(depth)}`;
    }),
  fc.tuple(fc.constantFrom("0", "-1", '"O"', "null", "[]", "{}"), fc.integer({ min: 1, max: 2000 }))
    .map(([item, times]) => `[${Array(times).fill(item).join(",")}]`),
  fc.json(),
);

/**
 * One to three changes to the structure of a JSON file: other types, keys gone, twice or hostile, parts
 * moved.
 */
export const jsonDamage: fc.Arbitrary<Damage> = fc.array(
  fc.record({
    kind: fc.constantFrom(
      "replace",
      "replace",
      "remove",
      "twice",
      "rename",
      "insert",
      "wrap",
      "move",
      "repeat",
    ),
    path: fc.array(place, { minLength: 1, maxLength: 6 }),
    other: fc.array(place, { minLength: 1, maxLength: 6 }),
    key: hostileText,
    value: hostileValue,
    times: fc.integer({ min: 1, max: 40 }),
  }),
  { minLength: 1, maxLength: 3 },
).map((changes) =>
  damage(changes, (file) => {
    const root: Node = { items: [nodeOf(JSON.parse(new TextDecoder().decode(file)))] };
    for (const { kind, path, other, key, value, times } of changes) {
      if (textOf(root).length > LONGEST_FILE) break;
      const { parent, at, node } = find(root, path);
      const list: (Node | [string, Node])[] = "items" in parent ? parent.items : parent.entries;
      const withKey = (each: Node, name = key): Node | [string, Node] =>
        "items" in parent ? each : [name, each];
      const ownKey = "items" in parent ? key : parent.entries[at][0];
      if (kind === "replace") list[at] = withKey({ text: value }, ownKey);
      else if (kind === "remove" && parent !== root) list.splice(at, 1);
      else if (kind === "twice") list.splice(at, 0, withKey({ text: value }, ownKey));
      else if (kind === "rename") list[at] = withKey(node);
      else if (kind === "insert") list.splice(at, 0, withKey({ text: value }));
      else if (kind === "wrap") list[at] = withKey(wrapped(node, times), ownKey);
      else if (kind === "move") list[at] = withKey({ text: textOf(find(root, other).node) }, ownKey);
      else if (kind === "repeat") {
        const most = Math.ceil(LONGEST_REPEAT / textOf(node).length);
        list.splice(at, 0, ...Array(Math.min(times * times, most)).fill(list[at]));
      }
    }
    return new TextEncoder().encode("items" in root ? root.items.map(textOf).join("") : "");
  })
);

/** A node by a random walk from the top, so that a long vocabulary does not draw all changes to itself. */
function find(
  root: Node,
  path: readonly number[],
): { parent: Exclude<Node, { text: string }>; at: number; node: Node } {
  let parent = root as Exclude<Node, { text: string }>;
  for (const [i, step] of path.entries()) {
    const children = "items" in parent ? parent.items : parent.entries.map(([, value]) => value);
    const at = i === 0 ? 0 : step % children.length;
    const node = children[at];
    const inside = "text" in node ? 0 : "items" in node ? node.items.length : node.entries.length;
    if (i === path.length - 1 || inside === 0) return { parent, at, node };
    parent = node as typeof parent;
  }
  throw new Error("expected a path of at least one step");
}

function wrapped(node: Node, times: number): Node {
  for (let i = 0; i < times; i++) node = i % 2 === 0 ? { items: [node] } : { entries: [['"a"', node]] };
  return node;
}

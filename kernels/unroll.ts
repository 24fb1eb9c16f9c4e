/**
 * Unrolls the loops of a WGSL text whose bounds are known: `for (var i = 0u; i < COUNT; i++) {` up to the
 * brace at the same indentation, for every COUNT in `counts`.
 *
 * The text is whole WGSL without that. But only an array whose indexes are literals is sure to become
 * registers: Mesa's software driver leaves long loops alone, and then gathers each element of the array from
 * memory.
 */
export function unroll(source: string, counts: Readonly<Record<string, number>>): string {
  const names = Object.keys(counts).join("|");
  const loop = new RegExp(
    `^( *)for \\(var (\\w+) = 0u; \\2 < (${names}); \\2\\+\\+\\) \\{(?:(.*)\\}|\\n([^]*?)^\\1\\})$`,
    "gm",
  );
  return source.replace(loop, (_, indent, index, count, line, block) => {
    const body = unroll(line ?? `\n${block}${indent}`, counts);
    const uses = new RegExp(`\\b${index}\\b`, "g");
    return Array.from({ length: counts[count] }, (_, i) => `${indent}{${body.replace(uses, `${i}u`)}}`).join(
      "\n",
    );
  });
}

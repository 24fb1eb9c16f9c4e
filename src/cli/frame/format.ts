/** Numbers and tables for people at a terminal. */

/** A size with a binary unit: `132.8 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (bytes >= 1024 && unit + 1 < units.length) {
    bytes /= 1024;
    unit++;
  }
  return `${bytes.toLocaleString("en", { maximumFractionDigits: unit === 0 ? 0 : 1 })} ${units[unit]}`;
}

/** A whole number with its thousands apart: `34,766,592`. */
export function formatCount(count: number): string {
  return count.toLocaleString("en");
}

/** A share with at most two decimals: `15.02 %`. */
export function formatPercent(share: number): string {
  return `${Number((100 * share).toFixed(2))} %`;
}

/** A word with its number: `1 tensor`, `2 tensors`. */
export function counted(count: number, word: string): string {
  return `${formatCount(count)} ${word}${count === 1 ? "" : "s"}`;
}

/** Rows as lines with aligned columns; the columns named in `right` are aligned on their right side. */
export function formatTable(
  rows: readonly (readonly string[])[],
  { right = [] }: { readonly right?: readonly number[] } = {},
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => widths[i] = Math.max(widths[i] ?? 0, widthOf(cell)));
  }
  return rows.map((row) =>
    row.map((cell, i) => {
      const padding = " ".repeat(widths[i] - widthOf(cell));
      return right.includes(i) ? padding + cell : cell + padding;
    }).join("  ").trimEnd()
  );
}

function widthOf(text: string): number {
  return [...text].length;
}

/** Text from a file as it may be shown: a terminal would obey control characters. */
export function harmless(text: string): string {
  return text.replace(/\p{Cc}/gu, "\ufffd");
}

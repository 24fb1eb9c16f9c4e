/**
 * Reads the published MasakhaNER 2.0 predictions beside today's test files.
 *
 * The predictions were made on an earlier release: quotation marks are `""""`, numbers have lost leading
 * zeros, words with hyphens are three words, a Yoruba elided preposition and its place name are one.
 * `carryOver` writes the gold tags onto the words of that release.
 *
 * @module
 */

export interface Row {
  word: string;
  tag: string;
}

/** Sentences of `word TAG` lines; plain, because predictions may hold illegal sequences. */
export function parseRows(text: string): Row[][] {
  return text.split(/\n\s*\n/).map((block) =>
    block.split("\n").filter((line) => line.trim() !== "").map((line) => {
      const [word, tag] = line.split(" ");
      return { word, tag };
    })
  ).filter((sentence) => sentence.length > 0);
}

/** The gold tags on the words of the prediction file, `[predicted.length]`. */
export function carryOver(gold: readonly Row[], predicted: readonly Row[]): string[] {
  const tags: string[] = [];
  for (const [goldBlock, width] of alignedBlocks(gold, predicted)) {
    tags.push(...stretch(goldBlock.map(({ tag }) => tag), width, tags.at(-1) ?? "O"));
  }
  return tags;
}

/** Tags of one block of words, when that block has `width` words in the other file. */
function stretch(tags: readonly string[], width: number, previous: string): string[] {
  if (width === tags.length) return [...tags];
  if (width === 0) return [];
  if (tags.length === 0) return Array(width).fill("O");
  const last = tags[tags.length - 1];
  if (width > tags.length) {
    return [...tags, ...Array(width - tags.length).fill(last === "O" ? "O" : `I-${last.slice(2)}`)];
  }
  // Merged words take the first entity tag among them and go on with a neighbour of the same type: two places
  // with a preposition between them were one place before the preposition became a word of its own.
  const merged = tags.slice(0, tags.length - width + 1).find((tag) => tag !== "O") ?? "O";
  const continues = merged !== "O" && previous.slice(2) === merged.slice(2);
  return [continues ? `I-${merged.slice(2)}` : merged, ...tags.slice(tags.length - width + 1)];
}

/**
 * Cuts both sentences at a longest common subsequence of words: runs of equal words and the blocks between
 * them.
 */
function alignedBlocks(gold: readonly Row[], predicted: readonly Row[]): [gold: Row[], width: number][] {
  const same = (g: number, p: number) => gold[g].word === predicted[p].word;
  const longest = Array.from({ length: gold.length + 1 }, () => new Uint16Array(predicted.length + 1));
  for (let g = gold.length - 1; g >= 0; g--) {
    for (let p = predicted.length - 1; p >= 0; p--) {
      longest[g][p] = same(g, p) ? longest[g + 1][p + 1] + 1 : Math.max(longest[g + 1][p], longest[g][p + 1]);
    }
  }
  const blocks: [Row[], number][] = [];
  let [g, p, goldStart, predictedStart] = [0, 0, 0, 0];
  const cut = () => {
    if (g > goldStart || p > predictedStart) blocks.push([gold.slice(goldStart, g), p - predictedStart]);
  };
  while (g < gold.length && p < predicted.length) {
    if (same(g, p)) {
      cut();
      blocks.push([[gold[g]], 1]);
      [goldStart, predictedStart] = [++g, ++p];
    } else if (longest[g + 1][p] >= longest[g][p + 1]) g++;
    else p++;
  }
  [g, p] = [gold.length, predicted.length];
  cut();
  return blocks;
}

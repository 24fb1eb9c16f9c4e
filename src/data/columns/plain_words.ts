/** What some corpora write at every word that is no part of it. */

/** Fewer words than this could all begin or end alike by chance. */
const FEWEST = 5;

/** Takes it away in place; says what was done. */
export function plainWords(sentences: readonly { readonly words: string[] }[]): string[] {
  return [...withoutLanguage(sentences), ...withoutPosition(sentences)];
}

/** WikiANN as PAN-X has it: `sw:Amina`. */
function withoutLanguage(sentences: readonly { readonly words: string[] }[]): string[] {
  const prefix = /^[a-z]{2,3}(?:-[a-z]+)?:/.exec(sentences[0]?.words[0] ?? "")?.[0];
  if (prefix === undefined || !everyWord(sentences, (word) => word.startsWith(prefix) && word !== prefix)) {
    return [];
  }
  change(sentences, (word) => word.slice(prefix.length));
  return [`${prefix} stood before every word and was left out`];
}

/** Weibo NER: `科0`, a character and its position in a word. */
function withoutPosition(sentences: readonly { readonly words: string[] }[]): string[] {
  if (!everyWord(sentences, (word) => /^.[0-9]$/u.test(word))) return [];
  change(sentences, (word) => word.slice(0, -1));
  return ["a digit stood behind every character and was left out"];
}

function everyWord(
  sentences: readonly { readonly words: readonly string[] }[],
  holds: (word: string) => boolean,
): boolean {
  let count = 0;
  for (const { words } of sentences) {
    for (const word of words) if (!holds(word)) return false;
    count += words.length;
  }
  return count >= FEWEST;
}

function change(sentences: readonly { readonly words: string[] }[], to: (word: string) => string): void {
  for (const { words } of sentences) for (let i = 0; i < words.length; i++) words[i] = to(words[i]);
}

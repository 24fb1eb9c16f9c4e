/**
 * Tokens that are looked for in a text before anything else is done with it, as Hugging Face's Rust
 * tokenizers do.
 */

import { WORD_CHARACTER } from "./pattern.ts";

/** An entry of `added_tokens`. */
export interface AddedToken {
  readonly content: string;
  readonly id: number;
  /** Not inside of a word. */
  readonly single_word?: boolean | null;
  /** With the white space before it. */
  readonly lstrip?: boolean | null;
  /** With the white space behind it. */
  readonly rstrip?: boolean | null;
  /** Looked for in the normalised text, in its normalised form. */
  readonly normalized?: boolean | null;
  readonly special?: boolean | null;
}

/** A part of a text: a token, or text between them. */
export interface Section {
  readonly text: string;
  readonly token?: AddedToken;
  /** Whether it begins where the text begins. */
  readonly isFirst: boolean;
}

interface Node {
  readonly next: Map<string, Node>;
  token?: AddedToken;
}

const BEFORE_WORD = new RegExp(`^${WORD_CHARACTER}`, "u");
const BEHIND_WORD = new RegExp(`${WORD_CHARACTER}$`, "u");
const SPACE = /\p{White_Space}/u;

/** Finds tokens in texts: of several at a place the longest one, and from there on the next. */
export class TokenFinder {
  readonly #root: Node = { next: new Map() };

  /** @param tokens each with the text that is looked for */
  constructor(tokens: Iterable<readonly [text: string, token: AddedToken]>) {
    for (const [text, token] of tokens) {
      if (text === "") continue;
      let node = this.#root;
      for (let i = 0; i < text.length; i++) {
        let next = node.next.get(text[i]);
        if (!next) node.next.set(text[i], next = { next: new Map() });
        node = next;
      }
      node.token = token;
    }
  }

  /** The tokens in a text and what is between them. */
  sections(text: string): Section[] {
    const sections: Section[] = [];
    let done = 0;
    const add = (end: number, token?: AddedToken) => {
      if (done < end) sections.push({ text: text.slice(done, end), token, isFirst: done === 0 });
      done = Math.max(done, end);
    };
    for (let at = 0; at < text.length;) {
      const [token, length] = this.#longest(text, at);
      if (!token) {
        at++;
        continue;
      }
      const end = at + length;
      if (!token.single_word || standsAlone(text, at, end)) {
        add(Math.max(token.lstrip ? spacesBefore(text, at) : at, done));
        add(token.rstrip ? spacesBehind(text, end) : end, token);
      }
      at = end;
    }
    add(text.length);
    return sections;
  }

  #longest(text: string, at: number): [token: AddedToken | undefined, length: number] {
    let found: AddedToken | undefined;
    let length = 0;
    let node: Node | undefined = this.#root;
    for (let end = at; end < text.length && (node = node.next.get(text[end])); end++) {
      if (node.token) [found, length] = [node.token, end + 1 - at];
    }
    return [found, length];
  }
}

function standsAlone(text: string, start: number, end: number): boolean {
  return !BEHIND_WORD.test(text.slice(Math.max(0, start - 2), start)) &&
    !BEFORE_WORD.test(text.slice(end, end + 2));
}

function spacesBefore(text: string, start: number): number {
  while (start > 0 && SPACE.test(text[start - 1])) start--;
  return start;
}

function spacesBehind(text: string, end: number): number {
  while (end < text.length && SPACE.test(text[end])) end++;
  return end;
}

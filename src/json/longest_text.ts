/** Bytes of a text that is read as a whole: V8 has no longer strings. */
export const LONGEST_TEXT = 2 ** 29 - 24;

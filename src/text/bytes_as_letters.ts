/**
 * The letter of each byte in byte-level vocabularies (GPT-2): itself where it can be seen, else one from
 * U+0100.
 */
const LETTERS: readonly string[] = lettersOfBytes();

function lettersOfBytes(): string[] {
  const isSeen = (byte: number) => byte > 0x20 && byte < 0x7f || byte > 0xa0 && byte !== 0xad;
  let unseen = 0;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isSeen(byte) ? byte : 256 + unseen++));
}

const encoder = new TextEncoder();

/** The bytes of a text in UTF-8, each as a letter. */
export function bytesAsLetters(text: string): string {
  let letters = "";
  for (const byte of encoder.encode(text)) letters += LETTERS[byte];
  return letters;
}

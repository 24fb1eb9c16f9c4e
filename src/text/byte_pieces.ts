const encoder = new TextEncoder();

/** The pieces of the bytes of a text in UTF-8, in vocabularies that have one for each byte: `<0xE1>`. */
export function bytePieces(text: string): string[] {
  return Array.from(
    encoder.encode(text),
    (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
  );
}

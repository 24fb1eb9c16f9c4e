/** FNV-1a (Fowler, Noll and Vo): hashes that guard against mistakes, not against adversaries. */

// As numbers of 32 bits with a sign, which compilers keep in a register.
const OFFSET_BASIS = 0x811c9dc5 | 0;
const PRIME = 0x01000193;

/** FNV-1a with 32 bits over bytes; `before` is the hash of the bytes before them. */
export function fnv1a(bytes: Uint8Array, before: number = OFFSET_BASIS): number {
  let hash = before | 0;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i], PRIME);
  return hash >>> 0;
}

/** 64 bits in hex: FNV-1a over the bytes forwards, and backwards. */
export function hashBytes(bytes: Uint8Array): string {
  let [forwards, backwards] = [OFFSET_BASIS, OFFSET_BASIS];
  for (let i = 0, j = bytes.length - 1; j >= 0; i++, j--) {
    forwards = Math.imul(forwards ^ bytes[i], PRIME);
    backwards = Math.imul(backwards ^ bytes[j], PRIME);
  }
  return hex(forwards, backwards);
}

/** The same over the UTF-16 units of a text; of an ASCII text it is the hash of its bytes. */
export function hashText(text: string): string {
  let [forwards, backwards] = [OFFSET_BASIS, OFFSET_BASIS];
  for (let i = 0, j = text.length - 1; j >= 0; i++, j--) {
    forwards = Math.imul(forwards ^ text.charCodeAt(i), PRIME);
    backwards = Math.imul(backwards ^ text.charCodeAt(j), PRIME);
  }
  return hex(forwards, backwards);
}

/** 32-bit numbers in hex, eight digits each. */
export function hex(...words: number[]): string {
  return words.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

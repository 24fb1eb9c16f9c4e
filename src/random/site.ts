const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;
const utf8 = new TextEncoder();

/**
 * The number of a place where random bits are drawn, from its stable name, such as "layer.3.attention": FNV-1a with
 * 32 bits (Fowler, Noll and Vo) over the UTF-8 bytes. A name stays what it is when layers are added or recomputed; a
 * counter of operations would not.
 */
export function siteHash(name: string): number {
  let hash = OFFSET_BASIS;
  for (const byte of utf8.encode(name)) hash = Math.imul(hash ^ byte, PRIME);
  return hash >>> 0;
}

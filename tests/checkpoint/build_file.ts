/** Safetensors files byte by byte, so that tests can break each rule of the format by itself. */

/** A file with this header (text or bytes) and data; `length` overrides the header length that it claims. */
export function buildFile(
  header: string | Uint8Array,
  { data = 0, length }: { data?: number; length?: bigint } = {},
): Uint8Array<ArrayBuffer> {
  const json = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + json.length + data);
  new DataView(file.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  file.set(json, 8);
  for (let i = 0; i < data; i++) file[8 + json.length + i] = i + 1;
  return file;
}

/** The entry of one tensor as JSON. */
export function entry(dtype: string, shape: readonly number[], offsets: readonly [number, number]): string {
  return JSON.stringify({ dtype, shape, data_offsets: offsets });
}

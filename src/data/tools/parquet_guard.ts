/**
 * Checks the counts in a Parquet file before hyparquet makes lists of that length: a flipped bit would fill the memory.
 * Counts stand in Thrift's compact protocol (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md),
 * at the end of the file and before each page.
 */

/** A struct of Thrift by the numbers of its fields; texts are left out. */
type Struct = Map<number, number | Struct>;

const [TRUE, FALSE, BYTE, I64, DOUBLE, BINARY, LIST, STRUCT] = [1, 2, 3, 6, 7, 8, 9, 12];
/** Levels of structs and lists; Parquet has fewer. */
const DEEPEST = 24;

/** Reads structs, and throws a `RangeError` where they say more than there are bytes. */
class ThriftReader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  struct(depth = 0): Struct {
    if (depth > DEEPEST) throw new RangeError("too many nested levels");
    const fields: Struct = new Map();
    for (let id = 0;;) {
      const byte = this.#byte();
      if (byte === 0) return fields;
      const step = byte >> 4;
      id = step > 0 ? id + step : this.#zigzag();
      const value = this.#value(byte & 15, depth);
      if (value !== undefined) fields.set(id, value);
    }
  }

  #value(type: number, depth: number): number | Struct | undefined {
    if (type === TRUE || type === FALSE) return undefined;
    if (type === STRUCT) return this.struct(depth + 1);
    if (type === BYTE) return this.#byte();
    if (type > BYTE && type <= I64) return this.#zigzag();
    if (type === DOUBLE) return this.#skip(8);
    if (type === BINARY) return this.#skip(this.varint());
    if (type === LIST) return this.#list(depth);
    throw new RangeError(`a field of the unknown type ${type}`);
  }

  #list(depth: number): undefined {
    if (depth > DEEPEST) throw new RangeError("too many nested levels");
    const byte = this.#byte();
    const count = byte >> 4 === 15 ? this.varint() : byte >> 4;
    if (count > this.#bytes.length - this.at) throw new RangeError(`a list of ${count} items`);
    for (let i = 0; i < count; i++) {
      // In lists a truth value has a byte of its own.
      if ((byte & 15) === TRUE || (byte & 15) === FALSE) this.#byte();
      else this.#value(byte & 15, depth + 1);
    }
  }

  #byte(): number {
    if (!(this.at >= 0 && this.at < this.#bytes.length)) throw new RangeError("an end before it is over");
    return this.#bytes[this.at++];
  }

  #skip(count: number): undefined {
    if (count > this.#bytes.length - this.at) throw new RangeError(`a text of ${count} bytes`);
    this.at += count;
  }

  varint(): number {
    let value = 0;
    for (let shift = 1;; shift *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * shift;
      if (byte < 128) return value;
      if (shift > 2 ** 63) throw new RangeError("a number without an end");
    }
  }

  #zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

/**
 * Checks the lists of the metadata at the end of a file.
 *
 * @throws {RangeError} saying what is there
 */
export function checkFooter(bytes: Uint8Array): void {
  if (bytes.length < 12) throw new RangeError(`${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = view.getUint32(bytes.length - 8, true);
  if (length > bytes.length - 8) throw new RangeError(`metadata of ${length} bytes`);
  new ThriftReader(bytes.subarray(0, bytes.length - 8), bytes.length - 8 - length).struct();
}

/** Where the pages of a column begin and end, and what may be in them. */
export interface ColumnPages {
  readonly start: number;
  readonly end: number;
  /** Values of the column, which no page can have more of. */
  readonly values: number;
  /** Bits of a repetition level and of a definition level; 0 where the column has none. */
  readonly levelBits: readonly [repetition: number, definition: number];
  /** Unpacks a page; throws a `RangeError` for what is too much. */
  unpack(packed: Uint8Array, length: number): Uint8Array;
}

/** Pages of data, of dictionaries, and of data in the second version: their fields in a header. */
const [DATA, DICTIONARY, DATA_2] = [5, 7, 8];
/** Encodings that `datasets`, Arrow and their kin write for texts and numbers of classes. */
const [PLAIN, PLAIN_DICTIONARY, RLE_DICTIONARY] = [0, 2, 8];
/** Values that the last run may have too many: they come in groups of eight, and of eight groups. */
const PADDING = 512;

/**
 * Checks the counts of the pages of a column, before them and in their runs.
 *
 * @throws {RangeError} saying what is there
 */
export function checkPages(bytes: Uint8Array, column: ColumnPages): void {
  const { start, end } = column;
  if (!(start >= 0 && end >= start && end <= bytes.length)) {
    throw new RangeError(`pages from ${start} to ${end}`);
  }
  for (let at = start; at < end;) {
    const reader = new ThriftReader(bytes.subarray(0, end), at);
    const header = reader.struct();
    at = reader.at + numberIn(header, 3);
    if (!(at > start && at <= end)) throw new RangeError(`a page of ${numberIn(header, 3)} packed bytes`);
    checkPage(bytes.subarray(reader.at, at), header, column);
  }
}

function numberIn(struct: Struct, field: number): number {
  const value = struct.get(field) ?? 0;
  if (typeof value !== "number") throw new RangeError("a struct in place of a number");
  return value;
}

function checkPage(packed: Uint8Array, header: Struct, { values, levelBits, unpack }: ColumnPages): void {
  const kind = [DATA, DICTIONARY, DATA_2].find((field) => header.get(field) instanceof Map);
  const about = header.get(kind ?? 0);
  if (kind === undefined || !(about instanceof Map)) throw new RangeError("a page of an unknown kind");
  const count = numberIn(about, 1);
  // A dictionary has no more values than there are of them, but for one where there are none.
  if (!(count >= 0 && count <= Math.max(values, 1))) {
    throw new RangeError(`a page of ${count} values in ${values}`);
  }
  const encoding = numberIn(about, kind === DATA_2 ? 4 : 2);
  if (![PLAIN, PLAIN_DICTIONARY, RLE_DICTIONARY].includes(encoding)) {
    throw new RangeError(`the encoding ${encoding}`);
  }
  const length = numberIn(header, 2);
  if (kind === DICTIONARY) return;
  let levels: Uint8Array[];
  let rest: Uint8Array;
  if (kind === DATA) {
    [levels, rest] = levelsOf(unpack(packed, length), levelBits);
  } else {
    const [repetition, definition] = [numberIn(about, 6), numberIn(about, 5)];
    if (!(repetition >= 0 && definition >= 0 && repetition + definition <= packed.length)) {
      throw new RangeError(`levels of ${repetition} and ${definition} bytes`);
    }
    levels = [packed.subarray(0, repetition), packed.subarray(repetition, repetition + definition)];
    rest = packed.subarray(repetition + definition);
    // A truth value that is not written out is true.
    if (encoding !== PLAIN && rest.length > 0) rest = unpack(rest, length - repetition - definition);
  }
  for (const [i, bits] of levelBits.entries()) if (bits > 0) checkRuns(levels[i], bits, count);
  if (encoding !== PLAIN && rest.length > 0) checkRuns(rest.subarray(1), rest[0], count);
}

/** The levels at the beginning of a page, each with its length before it. */
function levelsOf(
  page: Uint8Array,
  bits: ColumnPages["levelBits"],
): [levels: Uint8Array[], rest: Uint8Array] {
  const view = new DataView(page.buffer, page.byteOffset, page.length);
  let at = 0;
  const levels = bits.map((bits) => {
    if (bits === 0) return page.subarray(0, 0);
    const length = view.getUint32(at, true);
    at += 4 + length;
    if (at > page.length) throw new RangeError(`levels of ${length} bytes`);
    return page.subarray(at - length, at);
  });
  return [levels, page.subarray(at)];
}

/** Runs of one value and groups of packed ones: none may give more than there are. */
function checkRuns(bytes: Uint8Array, bits: number, count: number): void {
  if (bits > 32) throw new RangeError(`values of ${bits} bits`);
  const reader = new ThriftReader(bytes, 0);
  for (let seen = 0; seen < count && reader.at < bytes.length;) {
    const header = reader.varint();
    const packed = header % 2 === 1;
    const run = Math.floor(header / 2) * (packed ? 8 : 1);
    if (run === 0 || run > count - seen + PADDING) throw new RangeError(`a run of ${run} in ${count} values`);
    reader.at += packed ? run / 8 * bits : Math.ceil(bits / 8);
    seen += run;
  }
}

import { halfFormats } from "../../kernels/widen.ts";
import type { Parameter, ParameterPart } from "../autograd/tensor.ts";
import { aligned, ALIGNMENT, type Device, slice, type View } from "../device/device.ts";
import { LacunaError } from "../errors.ts";

/** How the optimiser treats a parameter; parameters of equal groups lie next to each other. */
export interface ParameterGroup {
  /** Multiplier of the learning rate. */
  readonly rate: number;
  /** Whether weight decay applies. */
  readonly decay: boolean;
}

/** What a parameter is before it has memory. */
export interface ParameterSpec {
  readonly name: string;
  /** `[n]` or `[rows, columns]`, as in the checkpoint. */
  readonly shape: readonly number[];
  /** Undefined in a frozen parameter, which gets no gradient and no moments. */
  readonly group: ParameterGroup | undefined;
  /** Whether it has an f16 copy, which products on f16 tapes read. Default false. */
  readonly half?: boolean;
}

/** A buffer full of parameters, and where their groups lie in it. */
export interface Arena {
  readonly values: View;
  /** An f16 copy of the values at the same places; undefined in an arena of parameters without. */
  readonly halves: View | undefined;
  /** Gradients at the same places; undefined in an arena of frozen parameters. */
  readonly gradients: View | undefined;
  /** Runs of elements of one group, in order; the padding between parameters belongs to them. */
  readonly runs: readonly {
    readonly start: number;
    readonly length: number;
    readonly group: ParameterGroup;
  }[];
}

interface Slot {
  spec: ParameterSpec;
  firstRow: number;
  rows: number;
  arena: number;
  start: number;
}

/**
 * All parameters of a model in a few flat arenas, none larger than a binding, so that clearing, clipping and AdamW
 * are a handful of dispatches whatever the number of parameters.
 */
export class Parameters implements Iterable<Parameter> {
  readonly arenas: readonly Arena[];
  readonly #device: Device;
  readonly #byName = new Map<string, Parameter>();

  /** Takes memory for every parameter. */
  constructor(device: Device, specs: readonly ParameterSpec[]) {
    this.#device = device;
    const capacity = Math.floor(device.maxBindingBytes / 4 / ALIGNMENT) * ALIGNMENT;
    const { slots, sizes } = layOut(specs, Math.min(capacity, ARENA_ELEMENTS));
    this.arenas = sizes.map((length, arena) => {
      const inside = slots.filter((slot) => slot.arena === arena);
      const trainable = inside[0].spec.group !== undefined;
      const values = device.allocate("f32", length, "parameters");
      device.clear(values);
      const gradients = trainable ? device.allocate("f32", length, "gradients") : undefined;
      if (gradients) device.clear(gradients);
      const halves = inside[0].spec.half ? device.allocate("f16", length, "f16 parameters") : undefined;
      return { values, halves, gradients, runs: trainable ? runsOf(inside, length) : [] };
    });
    for (const spec of specs) {
      const shape = matrixShape(spec.shape);
      const parts = slots.filter((slot) => slot.spec === spec).map((slot): ParameterPart => {
        const { values, halves, gradients } = this.arenas[slot.arena];
        const length = slot.rows * shape[1];
        return {
          firstRow: slot.firstRow,
          rows: slot.rows,
          arena: slot.arena,
          values: slice(values, slot.start, length),
          half: halves && slice(halves, slot.start, length),
          gradient: gradients && slice(gradients, slot.start, length),
        };
      });
      this.#byName.set(spec.name, { name: spec.name, shape, trainable: spec.group !== undefined, parts });
    }
  }

  /** The parameter of a name, which must be there. */
  get(name: string): Parameter {
    const parameter = this.#byName.get(name);
    if (!parameter) throw new LacunaError(`This model has no parameter ${name}`);
    return parameter;
  }

  [Symbol.iterator](): Iterator<Parameter> {
    return this.#byName.values();
  }

  /** Number of elements, all of them and those that are trained. */
  count(): { total: number; trainable: number } {
    let total = 0;
    let trainable = 0;
    for (const { shape: [rows, columns], trainable: trained } of this) {
      total += rows * columns;
      if (trained) trainable += rows * columns;
    }
    return { total, trainable };
  }

  /** Replaces the rows of a parameter from `firstRow` on. */
  write(name: string, values: Float32Array, firstRow = 0): void {
    for (const { view, start, end } of this.#rowsOf(name, { firstRow, count: values.length })) {
      this.#device.upload(view, values.subarray(start, end));
    }
  }

  /**
   * Replaces the rows of a parameter by 16-bit floats, which the device widens: half the bytes go there. `firstRow`
   * is a multiple of {@linkcode ALIGNMENT}.
   */
  writeHalves(
    name: string,
    halves: Uint16Array,
    { format, firstRow = 0 }: { format: keyof typeof halfFormats; firstRow?: number },
  ): void {
    for (const { view, start, end } of this.#rowsOf(name, { firstRow, count: halves.length })) {
      const count = end - start;
      const words = new Uint32Array(Math.ceil(count / 2));
      new Uint16Array(words.buffer).set(halves.subarray(start, end));
      const source = this.#device.allocate("u32", words.length, name);
      this.#device.upload(source, words);
      const sizes = { words: words.length, count, format: halfFormats[format] };
      this.#device.dispatch("widen", { source, out: view }, sizes);
      this.#device.free(source);
    }
  }

  /** Where `count` elements from `firstRow` on lie: parts of the parameter, and the elements that go there. */
  #rowsOf(name: string, { firstRow, count }: { firstRow: number; count: number }) {
    const { parts, shape: [, columns] } = this.get(name);
    const lastRow = firstRow + count / columns;
    return parts.flatMap((part) => {
      const from = Math.max(firstRow, part.firstRow);
      const to = Math.min(lastRow, part.firstRow + part.rows);
      if (from >= to) return [];
      const view = slice(part.values, (from - part.firstRow) * columns, (to - from) * columns);
      return [{ view, start: (from - firstRow) * columns, end: (to - firstRow) * columns }];
    });
  }

  /** The values of a parameter, or its gradients. */
  async read(name: string, what: "values" | "gradient" = "values"): Promise<Float32Array> {
    const { parts, shape: [rows, columns] } = this.get(name);
    const result = new Float32Array(rows * columns);
    for (const part of parts) {
      const view = part[what];
      if (!view) throw new LacunaError(`${name} is frozen: it has no gradient`);
      result.set(await this.#device.read(view) as Float32Array, part.firstRow * columns);
    }
    return result;
  }

  /** Copies all values to their f16 copies, where there are any: after they were written, and after each step. */
  narrow(): void {
    for (const { values, halves } of this.arenas) {
      if (!halves) continue;
      this.#device.clear(halves);
      this.#device.dispatch("accumulate", { x: values, into: halves }, { count: values.length, factor: 1 });
    }
  }

  /** Sets every gradient to zero. */
  clearGradients(): void {
    for (const { gradients } of this.arenas) if (gradients) this.#device.clear(gradients);
  }

  /** Gives the memory back. */
  free(): void {
    for (const { values, halves, gradients } of this.arenas) {
      this.#device.free(values);
      if (halves) this.#device.free(halves);
      if (gradients) this.#device.free(gradients);
    }
  }
}

/** 128 MiB, WebGPU's default binding: arenas are the same on every device. */
const ARENA_ELEMENTS = 2 ** 25;

function matrixShape(shape: readonly number[]): [number, number] {
  return shape.length === 1 ? [1, shape[0]] : [shape[0], shape[1]];
}

/** Places parameters group by group, frozen ones and those with f16 copies in arenas of their own, each at an aligned start; one that is larger than an arena is cut by rows. */
function layOut(specs: readonly ParameterSpec[], capacity: number): { slots: Slot[]; sizes: number[] } {
  const slots: Slot[] = [];
  const sizes: number[] = [];
  const kindOf = ({ group, half = false }: ParameterSpec) => `${group ? "trained" : "frozen"} ${half}`;
  const groups = Map.groupBy(specs, (spec) => `${spec.group?.rate} ${spec.group?.decay} ${kindOf(spec)}`);
  let kindBefore: string | undefined;
  for (const members of groups.values()) {
    const kind = kindOf(members[0]);
    for (const spec of members) {
      const [rows, columns] = matrixShape(spec.shape);
      // Parts begin at multiples of ALIGNMENT rows, so that a range of rows can be bound in every part.
      const mostRows = Math.max(ALIGNMENT, Math.floor(capacity / columns / ALIGNMENT) * ALIGNMENT);
      for (let firstRow = 0; firstRow < rows; firstRow += mostRows) {
        const part = Math.min(mostRows, rows - firstRow);
        const length = aligned(part * columns);
        const last = sizes.length - 1;
        if (last < 0 || kind !== kindBefore || sizes[last] + length > capacity) sizes.push(0);
        kindBefore = kind;
        const arena = sizes.length - 1;
        slots.push({ spec, firstRow, rows: part, arena, start: sizes[arena] });
        sizes[arena] += length;
      }
    }
  }
  return { slots, sizes };
}

/** Neighbouring slots of equal groups as one run. */
function runsOf(slots: readonly Slot[], length: number): Arena["runs"] {
  const runs: { start: number; length: number; group: ParameterGroup }[] = [];
  slots.forEach(({ spec, start }, i) => {
    const group = spec.group!;
    const end = slots[i + 1]?.start ?? length;
    const last = runs.at(-1);
    if (last && last.group.rate === group.rate && last.group.decay === group.decay) {
      last.length = end - last.start;
    } else runs.push({ start, length: end - start, group });
  });
  return runs;
}

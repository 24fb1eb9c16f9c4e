import { halfFormats } from "../../kernels/widen.ts";
import { toFloat32 } from "../checkpoint/safetensors.ts";
import type { Parameter, ParameterPart } from "../autograd/tensor.ts";
import { ALIGNMENT, type Device, slice, type View } from "../device/device.ts";
import { wholeOrNothing } from "../device/whole_or_nothing.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { LacunaError } from "../errors.ts";
import { layOut, type ParameterGroup, type Placement, runsOf, type Slot } from "./arena_layout.ts";

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

/**
 * All parameters of a model in a few flat arenas, none larger than a binding, so that clearing, clipping and
 * AdamW are a handful of dispatches whatever the number of parameters.
 */
export class Parameters implements Iterable<Parameter> {
  readonly arenas: readonly Arena[];
  readonly #device: Device;
  readonly #byName = new Map<string, Parameter>();
  readonly #stacks = new Map<string, Parameter>();

  /** Takes memory for every parameter. */
  constructor(device: Device, placements: readonly Placement[]) {
    this.#device = device;
    const capacity = Math.floor(device.maxBindingBytes / 4 / ALIGNMENT) * ALIGNMENT;
    const { slots, sizes } = layOut(placements, Math.min(capacity, ARENA_ELEMENTS));
    this.arenas = wholeOrNothing(device, (allocate) =>
      sizes.map((length, arena) => {
        const inside = slots.filter((slot) => slot.arena === arena);
        const { group, half } = inside[0].matrix;
        const values = allocate("f32", length, "parameters");
        device.clear(values);
        const gradients = group ? allocate("f32", length, "gradients") : undefined;
        if (gradients) device.clear(gradients);
        const halves = half ? allocate("f16", length, "f16 parameters") : undefined;
        return { values, halves, gradients, runs: group ? runsOf(inside, length) : [] };
      }));
    const parameters = new Map<string, Parameter>();
    for (const [matrix, own] of Map.groupBy(slots, (slot) => slot.matrix)) {
      const trainable = matrix.group !== undefined;
      const parameterOf = (name: string, firstRow: number, rows: number): Parameter => {
        const parts = this.#partsOf(own, { firstRow, rows });
        return { name, shape: [rows, matrix.columns], trainable, parts };
      };
      for (const { name, firstRow, rows } of matrix.members) {
        parameters.set(name, parameterOf(name, firstRow, rows));
      }
      if (matrix.stack === undefined) continue;
      const rows = matrix.members.reduce((sum, { rows }) => sum + rows, 0);
      this.#stacks.set(matrix.stack, parameterOf(matrix.stack, 0, rows));
    }
    for (const { name } of placements) this.#byName.set(name, parameters.get(name)!);
  }

  /** The parameter of a name, if there is one. */
  find(name: string): Parameter | undefined {
    return this.#byName.get(name);
  }

  /** The parameter of a name, which must be there. */
  get(name: string): Parameter {
    const parameter = this.#byName.get(name);
    if (!parameter) throw new LacunaError(`This model has no parameter ${name}`);
    return parameter;
  }

  /**
   * The parameters of a stack as one, `[all their rows, columns]`; vectors are rows of it. A product reads it
   * at once, and what it gives as a gradient is theirs.
   */
  stack(name: string): Parameter {
    const stack = this.#stacks.get(name);
    if (!stack) throw new LacunaError(`This model has no stack of parameters ${name}`);
    return stack;
  }

  /** Every parameter by itself, in the order of the specifications. */
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
   * Replaces the rows of a parameter by 16-bit floats, which the device widens: half the bytes go there.
   * `firstRow` is a multiple of {@linkcode ALIGNMENT}.
   */
  writeHalves(
    name: string,
    halves: Uint16Array,
    { format, firstRow = 0 }: { format: keyof typeof halfFormats; firstRow?: number },
  ): void {
    for (const { view, start, end } of this.#rowsOf(name, { firstRow, count: halves.length })) {
      if (view.offset % ALIGNMENT !== 0) { // inside a stack of odd sizes, where no kernel can write
        const values = toFloat32(
          format === "f16" ? "F16" : "BF16",
          new Uint8Array(halves.slice(start, end).buffer),
        );
        this.#device.upload(view, values);
        continue;
      }
      const count = end - start;
      const words = new Uint32Array(Math.ceil(count / 2));
      new Uint16Array(words.buffer).set(halves.subarray(start, end));
      const source = this.#device.allocate("u32", words.length, name);
      try {
        this.#device.upload(source, words);
        const sizes = { words: words.length, count, format: halfFormats[format] };
        this.#device.dispatch("widen", { source, out: view }, sizes);
      } finally {
        this.#device.free(source);
      }
    }
  }

  /** Rows of a matrix, which are in some of its slots. */
  #partsOf(slots: readonly Slot[], { firstRow, rows }: { firstRow: number; rows: number }): ParameterPart[] {
    return slots.flatMap(({ matrix: { columns }, arena, ...slot }) => {
      const from = Math.max(firstRow, slot.firstRow);
      const to = Math.min(firstRow + rows, slot.firstRow + slot.rows);
      if (from >= to) return [];
      const part = (view: View) =>
        slice(view, slot.start + (from - slot.firstRow) * columns, (to - from) * columns);
      const { values, halves, gradients } = this.arenas[arena];
      return [{
        firstRow: from - firstRow,
        rows: to - from,
        arena,
        values: part(values),
        half: halves && part(halves),
        gradient: gradients && part(gradients),
      }];
    });
  }

  /**
   * Where `count` elements from `firstRow` on lie: parts of the parameter, and the elements that go there.
   */
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

  /**
   * The values of a parameter, or its gradients; whoever reads many of them gives the thread away in between.
   */
  async read(name: string, what: "values" | "gradient" = "values"): Promise<Float32Array> {
    const { parts, shape: [rows, columns] } = this.get(name);
    const result = new Float32Array(rows * columns);
    for (const part of parts) {
      const view = part[what];
      if (!view) throw new LacunaError(`${name} is frozen: it has no gradient`);
      result.set(await this.#device.read(view) as Float32Array, part.firstRow * columns);
      await yieldToHost();
    }
    return result;
  }

  /**
   * Copies all values to their f16 copies, where there are any: after they were written, and after each step.
   */
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

/** @jsxImportSource preact */
import type { ComponentChildren } from "preact";

/** What stands in a table. */
export interface TableProps {
  readonly caption: string;
  readonly head: readonly string[];
  /** The first cell of a row names it. */
  readonly rows: readonly (readonly ComponentChildren[])[];
  /** Columns of numbers, aligned on the right: all from this one on. */
  readonly numbersFrom?: number;
}

/** A table that scrolls by itself where it is wider than the page, also by keyboard. */
export function Table({ caption, head, rows, numbersFrom = 1 }: TableProps) {
  const style = (column: number) => column >= numbersFrom ? "number" : undefined;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>{head.map((text, i) => <th scope="col" class={style(i)}>{text}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map(([name, ...cells]) => (
            <tr>
              <th scope="row" class={style(0)}>{name}</th>
              {cells.map((cell, i) => <td class={style(i + 1)}>{cell}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

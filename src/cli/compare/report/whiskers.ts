import type { CustomSeriesOption } from "echarts";
import type { ArmLook } from "./palette.ts";

/** An interval at a place of the other axis. */
export interface Whisker {
  readonly at: number;
  readonly low: number;
  readonly high: number;
}

/** Pixels from the middle of an end to its tip. */
const CAP = 4;

/** Intervals as lines with caps. */
export function whiskers(
  intervals: readonly Whisker[],
  { look, direction }: { readonly look: ArmLook; readonly direction: "horizontal" | "vertical" },
): CustomSeriesOption {
  const vertical = direction === "vertical";
  return {
    type: "custom",
    data: intervals.map(({ at, low, high }) => [at, low, high]),
    // The axes are fitted to all columns that belong to them.
    encode: vertical ? { x: 0, y: [1, 2] } : { x: [1, 2], y: 0 },
    renderItem: (_params, api) => {
      const [at, low, high] = [0, 1, 2].map((column) => Number(api.value(column)));
      const [x1, y1] = api.coord(vertical ? [at, low] : [low, at]);
      const [x2, y2] = api.coord(vertical ? [at, high] : [high, at]);
      const [dx, dy] = vertical ? [CAP, 0] : [0, CAP];
      const style = { stroke: look.color, lineWidth: 1.5, fill: "none" };
      const line = (shape: { x1: number; y1: number; x2: number; y2: number }) => ({
        type: "line" as const,
        shape,
        style,
      });
      return {
        type: "group",
        children: [
          line({ x1, y1, x2, y2 }),
          line({ x1: x1 - dx, y1: y1 - dy, x2: x1 + dx, y2: y1 + dy }),
          line({ x1: x2 - dx, y1: y2 - dy, x2: x2 + dx, y2: y2 + dy }),
        ],
      };
    },
  };
}

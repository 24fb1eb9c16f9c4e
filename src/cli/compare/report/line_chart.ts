import type { CustomSeriesOption, EChartsOption, LineSeriesOption } from "echarts";
import { axisStyle, CHART_WIDTH, type ChartFrame, drawChart } from "./chart.ts";
import { type ArmLook, SYMBOLS } from "./palette.ts";
import { whiskers } from "./whiskers.ts";

/** Points of one arm from left to right. */
export interface Line {
  readonly name: string;
  readonly look: ArmLook;
  readonly points: readonly {
    readonly x: number;
    readonly y: number;
    /** Ends of the whisker; none where there is nothing to show. */
    readonly low?: number;
    readonly high?: number;
  }[];
}

/** What axes say. */
export interface LineAxes {
  readonly x: string;
  readonly y: string;
  /** Places on x that have a name of their own; x counts them from 0. */
  readonly categories?: readonly string[];
}

/** Lines with markers and, where points have them, whiskers. */
export function lineChart(
  lines: readonly Line[],
  { x, y, categories, ...frame }: LineAxes & Omit<ChartFrame, "height">,
): string {
  // Side by side, so that whiskers do not cover each other.
  const dodge = (i: number) => categories ? 0.06 * (i - (lines.length - 1) / 2) : 0;
  const series = lines.flatMap(({ name, look, points }, i): (LineSeriesOption | CustomSeriesOption)[] => [
    {
      ...{ type: "line", name, color: look.color, symbol: `path://${SYMBOLS[look.symbol]}`, symbolSize: 9 },
      lineStyle: { width: 2, type: look.dash },
      data: points.map((point) => [point.x + dodge(i), point.y]),
    },
    whiskers(
      points.flatMap(({ x, low, high }) =>
        low === undefined || high === undefined ? [] : [{ at: x + dodge(i), low, high }]
      ),
      { look, direction: "vertical" },
    ),
  ]);
  const option: EChartsOption = {
    grid: { left: 52, right: 24, top: 30, bottom: 52 },
    xAxis: {
      ...axisStyle,
      ...{ type: "value", name: x, nameLocation: "middle", nameGap: 34, splitLine: { show: false } },
      ...(categories
        ? { min: -0.5, max: categories.length - 0.5, interval: 1, axisTick: { show: false } }
        : { min: 0, splitNumber: Math.floor(CHART_WIDTH / 100) }),
      axisLabel: {
        ...axisStyle.axisLabel,
        customValues: categories?.map((_, i) => i),
        formatter: (value: number) => categories ? categories[value] ?? "" : compact.format(value),
      },
    },
    yAxis: {
      ...axisStyle,
      ...{ type: "value", name: y, scale: true, nameLocation: "end", nameGap: 12 },
      nameTextStyle: { ...axisStyle.nameTextStyle, align: "left", padding: [0, 0, 0, -40] },
    },
    series,
  };
  return drawChart(option, { ...frame, height: 300 });
}

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

import type { CustomSeriesOption, EChartsOption, ScatterSeriesOption } from "echarts";
import { axisStyle, type ChartFrame, drawChart, INK } from "./chart.ts";
import { type ArmLook, SYMBOLS } from "./palette.ts";
import { whiskers } from "./whiskers.ts";

/** The dots of one arm, one a category. */
export interface Dots {
  readonly name: string;
  readonly look: ArmLook;
  /** As many as categories; undefined where there is none. */
  readonly values: readonly (Dot | undefined)[];
}

/** A value and, on wish, its interval. */
export interface Dot {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

/** What a dot chart says beside its dots. */
export interface DotAxes extends Omit<ChartFrame, "height"> {
  /** What x measures. */
  readonly x: string;
  /** From top to bottom. */
  readonly categories: readonly string[];
  /** Draws a line at 0, where dots are differences. */
  readonly zero?: boolean;
}

/** Pixels between arms of a category, and around it. */
const ROW = 16;
const GAP = 18;

/**
 * Dots by category from top to bottom, the arms of a category under each other (Cleveland's dot plot; forest
 * plot).
 */
export function dotChart(arms: readonly Dots[], { x, categories, zero = false, ...frame }: DotAxes): string {
  const each = arms.length * ROW + GAP;
  const at = (category: number, arm: number) => category + ROW / each * (arm - (arms.length - 1) / 2);
  const series = arms.flatMap(({ name, look, values }, i): (ScatterSeriesOption | CustomSeriesOption)[] => [
    whiskers(
      values.flatMap((dot, n) =>
        dot?.low === undefined || dot.high === undefined
          ? []
          : [{ at: at(n, i), low: dot.low, high: dot.high }]
      ),
      { look, direction: "horizontal" },
    ),
    {
      ...{
        type: "scatter",
        name,
        color: look.color,
        symbol: `path://${SYMBOLS[look.symbol]}`,
        symbolSize: 10,
      },
      itemStyle: { opacity: 1 },
      data: values.flatMap((dot, n) => dot === undefined ? [] : [[dot.value, at(n, i)]]),
    },
  ]);
  const option: EChartsOption = {
    grid: { left: 116, right: 24, top: 10, bottom: 52 },
    xAxis: {
      ...axisStyle,
      ...{ type: "value", name: x, nameLocation: "middle", nameGap: 34, min: zero ? undefined : 0 },
    },
    yAxis: {
      ...axisStyle,
      ...{ type: "value", inverse: true, min: -0.5, max: categories.length - 0.5, interval: 1 },
      axisTick: { show: false },
      axisLine: { show: false, onZero: false },
      splitLine: { show: false },
      axisLabel: {
        ...axisStyle.axisLabel,
        customValues: categories.map((_, i) => i),
        formatter: (value: number) => categories[value] ?? "",
        width: 106,
        overflow: "truncate",
      },
    },
    series: [
      ...series,
      {
        type: "line",
        data: [],
        markLine: {
          ...{ symbol: "none", label: { show: false } },
          lineStyle: { color: INK, type: "solid", width: 1.5 },
          data: zero ? [{ xAxis: 0 }] : [],
        },
      },
    ],
  };
  return drawChart(option, { ...frame, height: categories.length * each + 62 });
}

/**
 * ECharts as a printer of SVG: the same option gives the same text, which fits into a page and follows its
 * colours.
 */

import type { EChartsOption, init } from "echarts";
// The file that asks for no environment variable, which takes a permission.
import * as bundle from "echarts/dist/echarts.esm.min.mjs";

const { init: open } = bundle as unknown as { init: typeof init };

/** Where a chart stands. */
export interface ChartFrame {
  /** Unique in the page: letters, digits and `-`. */
  readonly id: string;
  readonly height: number;
}

/** Pixels; a phone shows it at two thirds. */
export const CHART_WIDTH = 480;

/** Text and lines of axes. */
export const INK = "var(--ink)";
const GRID = "var(--line)";

/** What all axes share. */
export const axisStyle = {
  nameTextStyle: { color: INK, fontSize: 13 },
  axisLabel: { color: INK, fontSize: 13, hideOverlap: true },
  axisLine: { onZero: false, lineStyle: { color: INK } },
  axisTick: { lineStyle: { color: INK } },
  splitLine: { lineStyle: { color: GRID } },
};

/**
 * Draws a chart: an SVG element that scales with its column. It has no title: the figure around it says what
 * it is.
 */
export function drawChart(option: EChartsOption, { id, height }: ChartFrame): string {
  const chart = open(null, null, { renderer: "svg", ssr: true, width: CHART_WIDTH, height });
  try {
    chart.setOption({ animation: false, silent: true, textStyle: { fontFamily: "inherit" }, ...option });
    return chart.renderToSVGString()
      // Rules for a mouse, whose colours would not be those of the page.
      .replace(/<style[^]*?<\/style>/g, "")
      .replace(/ (?:class|ecmeta_\w+|xmlns:xlink|baseProfile|pointer-events)="[^"]*"/g, "")
      // The counter behind these names goes on from chart to chart.
      .replace(/\bzr\d+-/g, `${id}-`)
      .replace(/<svg [^>]*>/, `<svg viewBox="0 0 ${CHART_WIDTH} ${height}" aria-hidden="true">`)
      .replace(/<rect [^>]*fill="(?:none|transparent)"[^>]*><\/rect>/, "");
  } finally {
    chart.dispose(); // or its timer keeps the process alive
  }
}

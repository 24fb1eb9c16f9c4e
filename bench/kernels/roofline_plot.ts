import type { KernelResult, KernelRun } from "./kernel_runs.ts";

/** FLOP a byte at which the roofs are drawn: 0.01 to 1000. */
const INTENSITIES = Array.from({ length: 101 }, (_, i) => 10 ** (i / 20 - 2));
/** GFLOP/s of the lowest point: what is slower takes as long as a call takes that does nothing. */
const LEAST = 0.01;
/** Shapes in turn, because there are more ops than colours that eyes tell apart. */
const SYMBOLS = ["circle", "rect", "triangle", "diamond"];

/**
 * The roofline plot (Williams, Waterman and Patterson, CACM 2009) as SVG: GFLOP/s over FLOP a byte, a point a
 * case, under the roofs of the fastest cache and of memory. Ops without FLOP have no place in it.
 */
export async function rooflinePlot({ device, roofline, results }: KernelRun): Promise<string> {
  // Loaded here, so that only those who draw wait for it.
  const { init } = await import("echarts");
  const chart = init(null, null, { renderer: "svg", ssr: true, width: 1200, height: 760 });
  const rates = roofline.copies.map(({ rate }) => rate);
  const roofs = { "roof: caches": Math.max(...rates), "roof: memory": rates.at(-1)! };
  chart.setOption({
    animation: false,
    backgroundColor: "#fff",
    title: { text: "Roofline", subtext: device, left: 16, top: 8 },
    grid: { left: 70, right: 230, top: 80, bottom: 60 },
    legend: { orient: "vertical", right: 10, top: 70 },
    xAxis: { type: "log", min: 0.01, max: 1000, name: "FLOP / byte", nameLocation: "middle", nameGap: 32 },
    yAxis: { type: "log", min: LEAST, name: "GFLOP/s" },
    series: [
      ...Object.entries(roofs).map(([name, rate]) => ({
        ...{ name, type: "line" as const, showSymbol: false },
        data: INTENSITIES.map((x) => [x, Math.min(roofline.gigaflops, x * rate)]),
      })),
      ...[...Map.groupBy(results.filter((result) => rateOf(result) >= LEAST), opOf)].map((
        [name, cases],
        i,
      ) => ({
        ...{ name, type: "scatter" as const, symbol: SYMBOLS[i % SYMBOLS.length], symbolSize: 9 },
        data: cases.map((result) => [result.flop / result.bytes, rateOf(result)]),
      })),
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

/** GFLOP/s. */
function rateOf({ flop, milliseconds }: KernelResult): number {
  return flop / milliseconds.median / 1e6;
}

/** Names of cases begin with their op. */
function opOf({ name }: KernelResult): string {
  return name.split(",")[0];
}

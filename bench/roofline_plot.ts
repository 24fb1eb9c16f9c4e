import type { KernelResult, KernelRun } from "./kernel_runs.ts";

/** Numbers of FLOP a byte at which the roofs are drawn. */
const INTENSITIES = Array.from({ length: 97 }, (_, i) => 2 ** (i / 8 - 4));

/**
 * The roofline plot (Williams, Waterman and Patterson, CACM 2009) as SVG: GFLOP/s over FLOP a byte, a point a case, under
 * the roofs of the fastest cache and of memory. Ops without FLOP have no place in it.
 */
export async function rooflinePlot({ device, roofline, results }: KernelRun): Promise<string> {
  // Loaded here, so that only those who draw fetch it.
  const { init } = await import("npm:echarts@6.1.0");
  const chart = init(null, null, { renderer: "svg", ssr: true, width: 1200, height: 760 });
  const rates = roofline.copies.map(({ rate }) => rate);
  const roofs = { "roof: caches": Math.max(...rates), "roof: memory": rates.at(-1)! };
  chart.setOption({
    animation: false,
    backgroundColor: "#fff",
    title: { text: "Roofline", subtext: device, left: 16, top: 8 },
    grid: { left: 70, right: 230, top: 80, bottom: 60 },
    legend: { orient: "vertical", right: 10, top: 70 },
    xAxis: { type: "log", logBase: 2, name: "FLOP / byte", nameLocation: "middle", nameGap: 32 },
    yAxis: { type: "log", logBase: 2, name: "GFLOP/s" },
    series: [
      ...Object.entries(roofs).map(([name, rate]) => ({
        ...{ name, type: "line" as const, showSymbol: false },
        data: INTENSITIES.map((x) => [x, Math.min(roofline.gigaflops, x * rate)]),
      })),
      ...[...Map.groupBy(results.filter(({ flop }) => flop > 0), opOf)].map(([name, cases]) => ({
        ...{ name, type: "scatter" as const, symbolSize: 8 },
        data: cases.map(({ flop, bytes, milliseconds }) => [flop / bytes, flop / milliseconds.median / 1e6]),
      })),
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

/** Names of cases begin with their op. */
function opOf({ name }: KernelResult): string {
  return name.split(",")[0];
}

import { COLORS } from "./palette.ts";

const arms = (scheme: "light" | "dark") => COLORS.map((color, i) => `--arm-${i}:${color[scheme]}`).join(";");
const light = `--ink:#1a1a1a;--soft:#595959;--ground:#fff;--panel:#f4f4f2;--line:#d9d9d6;` +
  `--yes:#00644a;--no:#a33b00;--open:#4a4a4a;--mark:#fdf0c4;${arms("light")}`;
const dark = `--ink:#f0f0f0;--soft:#b4b4b4;--ground:#161618;--panel:#222226;--line:#3c3c42;` +
  `--yes:#5fd3ac;--no:#ff9e66;--open:#c8c8c8;--mark:#4d4212;${arms("dark")}`;

/** The page's style: light and dark, wide and narrow, screen and paper. */
export const style = `
:root{${light}}
@media screen and (prefers-color-scheme:dark){:root{${dark}}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
main{max-width:68rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1,h2,h3,h4{line-height:1.25;margin:1.6em 0 .5em}
h1{font-size:2rem;margin-top:.5em}
h2{font-size:1.45rem;border-top:1px solid var(--line);padding-top:1em;margin-top:2em}
h3{font-size:1.15rem}
h4{font-size:1rem;margin-bottom:.2em}
p,li,dd{max-width:46rem;overflow-wrap:anywhere}
.headline{font-size:1.2rem;background:var(--panel);border-left:.3rem solid var(--ink);padding:.8rem 1rem}
.note,figcaption,caption{color:var(--soft);font-size:.9rem}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(28rem,100%),1fr));gap:1rem 1.5rem}
figure{margin:0;min-width:0}
.plot svg{display:block;width:100%;max-width:34rem;height:auto}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;list-style:none;padding:0}
.legend li{display:flex;gap:.4rem;align-items:center;overflow-wrap:anywhere}
.scroll{overflow-x:auto;margin:1rem 0 2rem}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{text-align:left;padding-bottom:.4rem}
th,td{padding:.3rem .7rem .3rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
tbody th{font-weight:500}
.number{text-align:right}td.number{white-space:nowrap}
.verdicts{margin:0 0 1rem}
.verdicts>div{margin:.6rem 0;padding-left:.8rem;border-left:2px solid var(--line)}
dt{font-weight:600;overflow-wrap:anywhere}
dd{margin:0}
.badge{display:inline-block;margin-left:.4rem;padding:0 .5rem;border:1.5px solid currentColor;border-radius:1rem;font-size:.85rem;white-space:nowrap}td .badge{margin:0}
.supported{color:var(--yes)}.not-supported{color:var(--no)}.cannot-tell{color:var(--open)}
.example{margin:1.5rem 0;break-inside:avoid}
.example h3{margin-bottom:0}.example .note{margin:.1rem 0 .4rem}
.example dl{margin:0}.example dl>div{display:grid;grid-template-columns:8rem 1fr;gap:.6rem;padding:.2rem 0}
mark{background:var(--mark);color:inherit;padding:.05rem .25rem;border-radius:.2rem}
mark b{font-size:.75em}
pre{background:var(--panel);padding:.8rem 1rem;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}
@media (max-width:40rem){.example dl>div{grid-template-columns:1fr;gap:0}h1{font-size:1.6rem}}
@media print{
html{font-size:10pt}body{font-size:1rem}main{max-width:none;padding:0}
.scroll{overflow:visible}table{font-size:7pt;max-width:100%}td.number{white-space:normal}
td,th{overflow-wrap:anywhere;padding-right:.35rem}
h2,h3,h4{break-after:avoid}figure,tr{break-inside:avoid}
.figures{grid-template-columns:1fr 1fr}
}
`.trim();

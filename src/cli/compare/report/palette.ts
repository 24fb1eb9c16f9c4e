/**
 * How arms look in every plot and legend: colour, marker and line style, so that no two need colour to be
 * told apart.
 */

/** The look of one arm. */
export interface ArmLook {
  /** A CSS custom property, which the page sets for light and dark. */
  readonly color: string;
  readonly symbol: keyof typeof SYMBOLS;
  readonly dash: "solid" | "dashed" | "dotted";
}

/**
 * Colours that people with any colour vision tell apart (Okabe and Ito, "Color Universal Design", 2008): on a
 * light and on a dark ground; yellow is darker on light, and the first one is the ink.
 */
export const COLORS: readonly { readonly light: string; readonly dark: string }[] = [
  { light: "#1a1a1a", dark: "#f0f0f0" },
  { light: "#d55e00", dark: "#f08030" },
  { light: "#0072b2", dark: "#56b4e9" },
  { light: "#009e73", dark: "#2cc79a" },
  { light: "#cc79a7", dark: "#e09cc2" },
  { light: "#b8860b", dark: "#f0e442" },
  { light: "#2f8fc7", dark: "#9ad0f5" },
  { light: "#e69f00", dark: "#e69f00" },
];

/** Markers as SVG paths around the origin. */
export const SYMBOLS = {
  circle: "M5 0A5 5 0 1 1 -5 0A5 5 0 1 1 5 0Z",
  rect: "M-4.5 -4.5H4.5V4.5H-4.5Z",
  triangle: "M0 -5L5 5H-5Z",
  diamond: "M0 -6L5 0L0 6L-5 0Z",
  cross: "M-1.8 -5.5H1.8V-1.8H5.5V1.8H1.8V5.5H-1.8V1.8H-5.5V-1.8H-1.8Z",
} as const;

const DASHES = ["solid", "dashed", "dotted"] as const;

/** The look of the arm at a place of the plan, the control first; all different up to 40 arms. */
export function lookOf(index: number): ArmLook {
  const symbols = Object.keys(SYMBOLS) as (keyof typeof SYMBOLS)[];
  return {
    color: `var(--arm-${index % COLORS.length})`,
    symbol: symbols[index % symbols.length],
    dash: DASHES[index % DASHES.length],
  };
}

/**
 * So many whole numbers below `end`, evenly and the same ones each time; all of them where there are no more.
 */
export function spread(count: number, end: number): number[] {
  if (count >= end) return Array.from({ length: end }, (_, i) => i);
  return Array.from({ length: count }, (_, i) => Math.floor((i + 0.5) * end / count));
}

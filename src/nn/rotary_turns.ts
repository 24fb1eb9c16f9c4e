/**
 * Cosines and sines of the angles by which rotary position embeddings turn each token (Su et al. 2021,
 * arXiv:2104.09864): of `headSize / 2` frequencies `base^(-2c / headSize)` the products with its position,
 * f32 `[tokens, headSize]`, cosines before sines. Angles are rounded to f32 as transformers has them.
 */
export function rotaryTurns(
  positions: Uint32Array,
  { base, headSize }: { readonly base: number; readonly headSize: number },
): Float32Array {
  const half = headSize / 2;
  const frequencies = Float32Array.from({ length: half }, (_, c) => base ** (-2 * c / headSize));
  const turns = new Float32Array(positions.length * headSize);
  // Sequences have the same positions again and again.
  const first = new Map<number, number>();
  positions.forEach((position, token) => {
    const at = token * headSize;
    const known = first.get(position);
    if (known !== undefined) {
      turns.copyWithin(at, known, known + headSize);
      return;
    }
    first.set(position, at);
    frequencies.forEach((frequency, c) => {
      const angle = Math.fround(position * frequency);
      turns[at + c] = Math.cos(angle);
      turns[at + half + c] = Math.sin(angle);
    });
  });
  return turns;
}

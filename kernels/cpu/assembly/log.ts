/**
 * Maths   log(x) = e ln 2 + log(m) with m = x / 2^e between sqrt(1/2) and sqrt(2),
 *         log(m) = 2 artanh(s) = 2 s (1 + s^2 / 3 + s^4 / 5 + ...) with s = (m - 1) / (m + 1), |s| < 0.172
 * Error   relative, 6e-8: the series is cut below 2e-9 and summed in float64
 * Edges   for normal x > 0; infinity and NaN stay what they are
 */

const LN_2: f64 = 0.6931471805599453;

/** The natural logarithm of one number. */
export function log(x: f32): f32 {
  if (!(x < Infinity)) return x;
  // The fields of the bits above those of sqrt(1/2): what carries into the exponent is m's place.
  const bits = reinterpret<i32>(x) - 0x3f3504f3;
  const m = <f64> reinterpret<f32>((bits & 0x7fffff) + 0x3f3504f3);
  const s = (m - 1) / (m + 1);
  const z = s * s;
  const series = 1 + z * (1.0 / 3 + z * (1.0 / 5 + z * (1.0 / 7 + z / 9)));
  return <f32> (<f64> (bits >> 23) * LN_2 + 2 * s * series);
}

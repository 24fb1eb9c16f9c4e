// online_softmax (prelude): maximum and sum of exponentials of a row in one pass.
// Maths     (m, s) and (m', s') become (M, s exp(m - M) + s' exp(m' - M)) with M = max(m, m'), where s = sum exp(x - m)
// Paper     Milakov and Gimelshein 2018, arXiv:1805.02867
// Why       the maximum is taken out before every exponential, so that none overflows

alias Partial = vec2f;

// Of no numbers at all.
const NOTHING = Partial(-3.402823e38, 0.0);

fn merge(a: Partial, b: Partial) -> Partial {
  let largest = max(a.x, b.x);
  return Partial(largest, a.y * exp(a.x - largest) + b.y * exp(b.x - largest));
}

fn include(partial: Partial, element: Element) -> Partial {
  let largest = max(partial.x, largestOf(element));
  return Partial(largest, partial.y * exp(partial.x - largest) + sumOf(exp(element - largest)));
}

import type { Tape } from "../autograd/tape.ts";
import type { View } from "../device/device.ts";
import type { Tokens } from "./encoder.ts";

/** First and end row of each token's sequence, u32 `[tokens, 2]`: what attention goes by. */
export function boundsOf(tape: Tape, { cuSeqlens }: Pick<Tokens, "cuSeqlens">): View {
  const bounds = new Uint32Array(cuSeqlens[cuSeqlens.length - 1] * 2);
  for (let sequence = 0; sequence + 1 < cuSeqlens.length; sequence++) {
    for (let token = cuSeqlens[sequence]; token < cuSeqlens[sequence + 1]; token++) {
      bounds.set([cuSeqlens[sequence], cuSeqlens[sequence + 1]], token * 2);
    }
  }
  return tape.upload(bounds);
}

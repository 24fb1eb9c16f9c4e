/** `NAME ARGUMENTS...`: a command in a process of its own, which saves a state before every step. */

import { compare } from "../../src/cli/compare/compare.ts";
import { denoTerminal } from "../../src/cli/frame/terminal.ts";
import { pretrain } from "../../src/cli/pretrain/pretrain.ts";
import { train } from "../../src/cli/train/train.ts";

const [name, ...args] = Deno.args;
const terminal = { ...denoTerminal(), args };
const seams = { stateInterval: 0 };
switch (name) {
  case "train":
    Deno.exit(await train(terminal, seams));
    break;
  case "pretrain":
    Deno.exit(await pretrain(terminal, seams));
    break;
  case "compare":
    Deno.exit(await compare(terminal));
}

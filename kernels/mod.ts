/**
 * Every op of Lacuna, declared once for all devices.
 *
 * @module
 */

import { matmul } from "./matmul.ts";
import { softmax } from "./softmax.ts";

export const ops = { matmul, softmax };

/** Name of a declared op. */
export type OpName = keyof typeof ops;

/** The declaration of a named op. */
export type Op<N extends OpName> = (typeof ops)[N];

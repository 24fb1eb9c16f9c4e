/**
 * Maths   c = activation(c + bias + residual), where c is a product that a native library left there
 * Task    EPILOGUE_ROWS rows
 */

import { EPILOGUE_ROWS, TILE_COLUMNS, TILE_ROWS } from "../partition";
import { finishTile } from "./epilogue";
import { Matmul } from "./matmul_call";
import { at, least } from "./simd";

export function matmulEpilogue(call: Matmul, task: u32, _thread: u32): void {
  const n = call.n;
  const end = least((task + 1) * EPILOGUE_ROWS, call.m);
  for (let row = task * EPILOGUE_ROWS; row < end; row += TILE_ROWS) {
    for (let column: u32 = 0; column < n; column += TILE_COLUMNS) {
      finishTile(call, at(call.c, row * n + column), at(0, n), row, column);
    }
  }
}

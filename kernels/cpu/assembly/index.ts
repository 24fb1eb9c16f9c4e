export * from "./accumulate";
export * from "./attention";
export * from "./attention_backward";
export * from "./dropout";
export * from "./memory";
export * from "./softmax";

export * from "./accumulate";
export * from "./matmul";
export * from "./matmul_pack";
export * from "./memory";

export * from "./accumulate";
export * from "./memory";

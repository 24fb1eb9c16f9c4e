export * from "./accumulate";
export * from "./dropout";
export * from "./memory";

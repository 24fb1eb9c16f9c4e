import "./lag.ts";
import "../../../src/device/cpu/worker.ts";

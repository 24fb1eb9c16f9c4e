import { assertAlmostEquals, assertEquals } from "@std/assert";
import { StepClock } from "../../src/study/step_clock.ts";

Deno.test("training time is what lies before steps, and steps that are told together share it", () => {
  let now = 0;
  const clock = new StepClock(() => now);
  const at = (milliseconds: number, type: "start" | "step" | "evaluation") => {
    now = milliseconds;
    clock.note({ type });
  };
  assertEquals([clock.seconds, clock.secondsPerStep], [0, 0]);
  at(1000, "start");
  at(1300, "step"); // the first one alone
  at(1499, "step"); // two of them
  at(1500, "step");
  at(9000, "evaluation");
  at(9100, "step"); // and one after the evaluation
  assertAlmostEquals(clock.seconds, 0.6);
  assertAlmostEquals(clock.secondsPerStep, 0.1);
});

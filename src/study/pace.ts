import type { ComputeDevice } from "../device/device.ts";
import { joinPath } from "../store/store.ts";
import { train } from "../training/trainer.ts";
import { FirstSteps } from "./first_steps.ts";
import type { StudyInput } from "./input.ts";
import { armSettings } from "./plan.ts";
import { sampleOf } from "./study_data.ts";

/**
 * Forward-backward tokens a second of this machine with as many runs at a time as the study will have,
 * measured on a few steps of the first arm; nothing of them is kept.
 *
 * @throws the signal's reason, if it is aborted
 */
export async function measurePace(input: StudyInput): Promise<number> {
  const devices = await Promise.all(Array.from({ length: input.jobs }, () => input.openDevice()));
  try {
    const paces = await Promise.all(devices.map((device, job) => paceOf(device, job, input)));
    return paces.reduce((sum, pace) => sum + pace, 0);
  } finally {
    for (const device of devices) device.destroy();
  }
}

async function paceOf(
  device: ComputeDevice,
  job: number,
  { plan, data: [data], checkpoint, work, signal }: StudyInput,
): Promise<number> {
  const { arms: [arm], sizes, seeds: [seed] } = plan;
  const first = new FirstSteps(signal);
  let tokens = 0;
  await train({
    ...sampleOf(data, { size: sizes[0], seed }),
    device,
    start: checkpoint.start,
    out: { store: work.store, dir: joinPath(work.dir, String(job + 1)) },
    labels: data.labels,
    settings: { ...armSettings(plan, arm, { seed }), maxSteps: 1000 },
    resumable: false,
    signal: first.signal,
    onEvent(event) {
      if (event.type !== "step") return;
      // The first step also warms up.
      if (!first.running) return first.begin();
      tokens += event.tokens;
      first.count();
    },
  });
  signal?.throwIfAborted();
  return tokens / first.seconds;
}

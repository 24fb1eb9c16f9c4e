import type { ComputeDevice } from "../device/device.ts";
import { pretrain } from "../pretraining/pretrain.ts";
import { joinPath } from "../store/store.ts";
import type { Place } from "../run/input.ts";
import { type AdaptationInput, isAdapted } from "./adaptation.ts";
import { FirstSteps } from "./first_steps.ts";
import { forEach } from "./for_each.ts";
import type { StudyInput } from "./input.ts";
import { adaptationOf } from "./survey.ts";

/**
 * Seconds that adapting takes where it is not finished, measured on the first steps with as many at a time as
 * the study will have; nothing of them is kept. What an interrupted adaptation has done is not taken off.
 *
 * @throws the signal's reason, if it is aborted
 */
export async function measureAdaptation(input: StudyInput): Promise<number> {
  const { data, jobs, work, openDevice, signal } = input;
  const left: AdaptationInput[] = [];
  for (const { name } of data) {
    const adaptation = adaptationOf(input, name);
    if (adaptation && !await isAdapted(adaptation.out)) left.push(adaptation);
  }
  const seconds: number[] = [];
  await forEach(left, { jobs, signal }, async (adaptation, { job, signal }) => {
    const device = await openDevice();
    try {
      const out = { store: work.store, dir: joinPath(work.dir, String(job)) };
      seconds.push(await secondsOf(device, { ...adaptation, out, signal }));
    } finally {
      device.destroy();
    }
  });
  const sum = seconds.reduce((sum, each) => sum + each, 0);
  return Math.max(sum / jobs, ...seconds);
}

async function secondsOf(
  device: ComputeDevice,
  { checkpoint: { start }, text, adaptation: settings, out, signal }:
    & Pick<AdaptationInput, "checkpoint" | "text" | "adaptation">
    & { readonly out: Place; readonly signal: AbortSignal },
): Promise<number> {
  const first = new FirstSteps(signal);
  let allSteps = 0;
  await pretrain({
    device,
    start,
    out,
    text,
    settings,
    resumable: false,
    signal: first.signal,
    onEvent(event) {
      if (event.type === "start") first.begin();
      if (event.type !== "step") return;
      allSteps = event.totalSteps;
      first.count();
    },
  });
  return first.seconds / first.steps * allSteps;
}

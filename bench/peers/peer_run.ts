/**
 * Our side of `bench-kernels --peers`, in a process of its own as the peers:
 *
 *     deno run -A bench/peers/peer_run.ts --case JSON --backend webgpu|cpu --threads 2 [--blas PATH|auto]
 *
 * @module
 */

import { parseArgs } from "node:util";
import { apart, together } from "../../kernels/reference/attention.ts";
import type { Device, HostData, View } from "../../src/device/device.ts";
import { dtypeOf } from "../../src/device/call.ts";
import { deviceRequest, openBenchDevice } from "../measure/device.ts";
import type { AttentionCase, PeerCase, ProductCase, SoftmaxCase } from "./peer_cases.ts";
import { attentionInputs } from "./peer_values.ts";
import { measure, request } from "./measure.mjs";

const { work, inputs }: { work: PeerCase; inputs: Record<string, Float32Array> } = request();
const { values } = parseArgs({
  options: {
    backend: { type: "string", default: "cpu" },
    threads: { type: "string" },
    blas: { type: "string" },
    case: { type: "string" },
  },
});
const { device, name } = await openBenchDevice(
  deviceRequest({
    ...values,
    device: values.backend,
    threads: values.backend === "cpu" ? values.threads : undefined,
  }),
);

/** A call of the case, and the views that it fills, by the name of the array. */
interface Prepared {
  readonly call: () => void;
  readonly computed: Readonly<Record<string, View>>;
  /** The arrays that peers are held to, of those that the views gave; the same unless told otherwise. */
  readonly outputs?: (
    computed: Readonly<Record<string, Float32Array>>,
  ) => Readonly<Record<string, ArrayLike<number>>>;
}

const { call, computed, outputs = (arrays) => arrays } = prepare(device, work);
await measure({
  name,
  async run(times: number) {
    for (; times > 0; times--) call();
    const read = Object.entries(computed).map(async ([name, view]) => [name, await device.read(view)]);
    return Object.fromEntries(await Promise.all(read));
  },
  outputs,
});
device.destroy();

function prepare(device: Device, work: PeerCase): Prepared {
  const { [work.op]: prepared } = { matmul, softmax, attention };
  return prepared(device, work as never);
}

function matmul(device: Device, { m, n, k, transposeA, transposeB }: ProductCase): Prepared {
  const views = {
    a: filled(device, inputs.a),
    b: filled(device, inputs.b),
    c: device.allocate("f32", m * n),
  };
  return {
    call: () => device.dispatch("matmul", views, { m, n, k, transposeA, transposeB }),
    computed: { c: views.c },
  };
}

function softmax(device: Device, { rows, columns }: SoftmaxCase): Prepared {
  const views = { x: filled(device, inputs.x), y: device.allocate("f32", rows * columns) };
  return { call: () => device.dispatch("softmax", views, { rows, columns }), computed: { y: views.y } };
}

function attention(device: Device, work: AttentionCase): Prepared {
  const { bounds, parameters } = attentionInputs(work);
  const { tokens, heads, hidden } = parameters;
  const out = device.allocate("f32", tokens * hidden);
  const dQkv = device.allocate("f32", tokens * 3 * hidden);
  const common = {
    qkv: filled(device, together(inputs as Record<"query" | "key" | "value", Float32Array>, hidden)),
    out,
    bounds: filled(device, bounds),
    stats: device.allocate("f32", tokens * heads * 2),
  };
  if (!work.backward) {
    return { call: () => device.dispatch("attention", common, parameters), computed: { out } };
  }
  const dOut = filled(device, inputs.dOut);
  return {
    call: () => {
      device.dispatch("attention", common, parameters);
      device.dispatch("attentionBackward", { ...common, dOut, dQkv }, parameters);
    },
    computed: { out, dQkv },
    outputs: ({ out, dQkv }) => {
      const { query, key, value } = apart(dQkv, hidden);
      return { out, dQuery: query, dKey: key, dValue: value };
    },
  };
}

function filled(device: Device, data: HostData): View {
  const view = device.allocate(dtypeOf(data), data.length);
  device.upload(view, data);
  return view;
}

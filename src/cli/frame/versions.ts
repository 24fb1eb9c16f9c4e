/** What a log has to name so that a run can be done again. */

import project from "../../../deno.json" with { type: "json" };

/** Lacuna, the runtime and the kind of machine. */
export const versions = {
  lacuna: project.version,
  ...Deno.version,
  system: `${Deno.build.os} ${Deno.build.arch}`,
};

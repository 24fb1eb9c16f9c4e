/**
 * Prints the hosts that deno.json lets `download` speak to: the hub, or the one that HF_ENDPOINT names in its
 * place, and those that the hub redirects to.
 */

import { endpointOf } from "./hub.ts";

/** Where the hub keeps files. */
const STORES = ["*.huggingface.co", "*.hf.co"];

/** The hosts for `--allow-net`; what is no address is refused by the command itself. */
export function hosts(endpoint: string | undefined): string {
  try {
    return [endpointOf(endpoint).hostname, ...STORES].join(",");
  } catch {
    return STORES.join(",");
  }
}

if (import.meta.main) console.log(hosts(Deno.env.get("HF_ENDPOINT")));

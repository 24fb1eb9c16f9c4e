/** What the Hugging Face Hub answers over HTTP. */

import { LacunaError } from "../../errors.ts";
import { type HubName } from "../hub/hub_cache.ts";

/** The hub itself; `HF_ENDPOINT` names another one. */
const HUB = "https://huggingface.co";

/** Redirects that are followed for one file. */
const MOST_REDIRECTS = 10;

/** A revision of a model, as the hub lists it. */
export interface HubListing {
  /** What the revision means now. */
  readonly commit: string;
  /** Paths of all files, with `/` between names. */
  readonly files: readonly string[];
}

/** What the hub says of a file before it is fetched. */
export interface HubFile {
  /** Without quotes: the SHA-256 of the content or, of small files, its hash in git. */
  readonly etag: string;
  /** In bytes. */
  readonly size: number;
}

/** Where to ask: an `http` or `https` address without what follows a path. */
export function endpointOf(endpoint: string | undefined): URL {
  const given = endpoint || HUB;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url && /^https?:$/.test(url.protocol) && /^[\w.:[\]-]+$/.test(url.host)) return url;
  throw new LacunaError(`HF_ENDPOINT: expected an address such as ${HUB}, found ${JSON.stringify(given)}`);
}

/** A cut or refused connection, or a server that has trouble: worth another try. */
export class ConnectionError extends LacunaError {
  static {
    this.prototype.name = "ConnectionError";
  }
}

/** A model on the hub. */
export class HubModel {
  readonly #endpoint: URL;
  readonly #name: HubName;
  readonly #token: string | undefined;
  readonly #signal: AbortSignal;

  constructor(
    name: HubName,
    { endpoint, token, signal }: { endpoint: URL; token: string | undefined; signal: AbortSignal },
  ) {
    this.#name = name;
    this.#endpoint = endpoint;
    this.#token = token || undefined;
    this.#signal = signal;
  }

  /** What the revision means, and its files. */
  async list(): Promise<HubListing> {
    const { id, revision } = this.#name;
    const url = this.#url(`api/models/${id}/revision/${encodeURIComponent(revision)}`);
    const answer = await this.#follow(url, { method: "GET" });
    const text = await this.#connected(url, () => answer.text());
    const listing = listingOf(text);
    if (listing) return listing;
    throw new LacunaError(
      `${url}: expected what the hub says of a model, its commit and files, found something else: check HF_ENDPOINT`,
    );
  }

  /** What a file is, at a commit. */
  async describe(path: string, commit: string): Promise<HubFile> {
    const url = this.#fileUrl(path, commit);
    const answer = await this.#follow(url, { method: "HEAD", sameOrigin: true });
    const etag = (answer.headers.get("x-linked-etag") ?? answer.headers.get("etag"))
      ?.replace(/^W\//, "").replaceAll('"', "");
    const size = Number(answer.headers.get("x-linked-size") ?? answer.headers.get("content-length") ?? NaN);
    // It names a file of the cache.
    if (etag && /^[\w-]+$/.test(etag) && Number.isSafeInteger(size)) return { etag, size };
    throw new LacunaError(
      `${url}: expected an etag and a size, found none: what HF_ENDPOINT names does not answer as the hub does`,
    );
  }

  /** The bytes of a file from an offset; `start` is 0 where the server has no part of a file alone. */
  async open(path: string, commit: string, offset: number): Promise<{
    readonly start: number;
    readonly bytes: AsyncIterable<Uint8Array>;
  }> {
    const url = this.#fileUrl(path, commit);
    const range = offset > 0 ? { range: `bytes=${offset}-` } : undefined;
    const answer = await this.#follow(url, { method: "GET", headers: range });
    const partial = answer.status === 206 &&
      answer.headers.get("content-range")?.startsWith(`bytes ${offset}-`) === true;
    return { start: partial ? offset : 0, bytes: this.#bytesOf(url, answer) };
  }

  async *#bytesOf(url: URL, answer: Response): AsyncGenerator<Uint8Array> {
    if (!answer.body) return;
    const reader = answer.body.getReader();
    try {
      while (true) {
        const { done, value } = await this.#connected(url, () => reader.read());
        if (done) return;
        yield value;
      }
    } finally {
      await reader.cancel().catch(() => {});
    }
  }

  #fileUrl(path: string, commit: string): URL {
    const names = path.split("/").map(encodeURIComponent).join("/");
    return this.#url(`${this.#name.id}/resolve/${commit}/${names}`);
  }

  #url(path: string): URL {
    return new URL(`${this.#endpoint.href.replace(/\/+$/, "")}/${path}`);
  }

  /** Redirects are followed one by one: the token is for the hub alone. */
  async #follow(
    from: URL,
    { method, headers, sameOrigin = false }: {
      method: "GET" | "HEAD";
      headers?: Record<string, string>;
      /** Whether the last answer of the hub's own host is wanted, which may be a redirect. */
      sameOrigin?: boolean;
    },
  ): Promise<Response> {
    let url = from;
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      const token = url.origin === this.#endpoint.origin && this.#token;
      const answer = await this.#connected(url, () =>
        fetch(url, {
          method,
          // Compressed, a file has another size and no ranges.
          headers: {
            "accept-encoding": "identity",
            "user-agent": "lacuna",
            ...headers,
            ...(token ? { authorization: `Bearer ${token}` } : {}),
          },
          redirect: "manual",
          signal: this.#signal,
        }));
      const location = answer.headers.get("location");
      const redirected = answer.status >= 300 && answer.status < 400 && location !== null;
      if (!redirected) return await this.#accept(answer, url);
      await answer.body?.cancel();
      const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
      if (!next || next.protocol !== "https:" && next.protocol !== this.#endpoint.protocol) {
        throw new LacunaError(`${url}: expected a redirect to an https address, found ${location}`);
      }
      if (sameOrigin && next.origin !== url.origin) return answer;
      url = next;
    }
    throw new LacunaError(`${from}: expected a file, found more than ${MOST_REDIRECTS} redirects`);
  }

  async #accept(answer: Response, url: URL): Promise<Response> {
    if (answer.ok) return answer;
    await answer.body?.cancel();
    const { id, revision } = this.#name;
    const found = answer.headers.get("x-error-message") ?? `status ${answer.status}`;
    const refuse = (advice: string) => new LacunaError(`${id}: the hub refused ${url} (${found}): ${advice}`);
    // The hub says 401 of names that it does not have, too: it tells nobody what private models there are.
    switch (answer.status) {
      case 401:
      case 403:
        throw refuse(
          this.#token
            ? "HF_TOKEN may not read it: check the name, accept the model's conditions on its page, or use another token"
            : "check the name; a private model, or one with conditions to accept on its page, needs a token in HF_TOKEN",
        );
      case 404:
        throw refuse(`check the name and the revision, ${revision}`);
    }
    const message = `${url}: expected an answer, found ${found}`;
    throw answer.status === 429 || answer.status >= 500
      ? new ConnectionError(message)
      : new LacunaError(message);
  }

  async #connected<T>(url: URL, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      this.#signal.throwIfAborted();
      if (error instanceof Deno.errors.NotCapable) {
        const hosts = [...new Set([this.#endpoint.hostname, url.hostname])].join(",");
        throw new LacunaError(
          `${url.origin}: the download leads there, and the task has no permission for it: type deno run --allow-read ` +
            `--allow-write --allow-env --allow-net=${hosts} src/cli/download/download.ts ${this.#name.id}`,
        );
      }
      throw new ConnectionError(`${url}: the connection failed: ${(error as Error).message}`);
    }
  }
}

function listingOf(text: string): HubListing | undefined {
  try {
    const { sha, siblings } = JSON.parse(text);
    const files = siblings.map(({ rfilename }: { rfilename: unknown }) => rfilename);
    if (!/^[0-9a-f]{40}$/.test(sha) || !files.every((name: unknown) => typeof name === "string")) {
      return undefined;
    }
    return { commit: sha, files };
  } catch {
    return undefined;
  }
}

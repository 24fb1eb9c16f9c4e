import { createHash } from "node:crypto";

/** A commit of the model that {@linkcode fakeHub} has. */
export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** How the server misbehaves. */
export interface Faults {
  /** Cuts the connection after so many bytes of a large file, so many times. */
  cut?: { bytes: number; times: number };
  /** Sends other bytes than it announces. */
  corrupt?: boolean;
  /** Answers the whole file where a part is asked for. */
  noRanges?: boolean;
  /** Wants this token. */
  token?: string;
  /** Says 503 so many times. */
  busy?: number;
}

/** A server that answers as the hub does for one model, and another one where large files are. */
export interface FakeHub {
  readonly endpoint: string;
  readonly faults: Faults;
  /** What was asked for, with the range. */
  readonly asked: string[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** Large files have the SHA-256 as etag and are elsewhere, others have git's hash; as on the hub. */
export function fakeHub(id: string, files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): FakeHub {
  const faults: Faults = {};
  const asked: string[] = [];
  const quiet = {
    hostname: "127.0.0.1",
    port: 0,
    onListen() {},
    onError: () => new Response(null, { status: 500 }),
  };
  const store = Deno.serve(quiet, (request) => {
    const name = decodeURIComponent(new URL(request.url).pathname.slice(1));
    asked.push(`store ${name} ${request.headers.get("range") ?? "all"}`);
    if (request.headers.has("authorization")) {
      return new Response("a token for another host", { status: 400 });
    }
    if (faults.busy) {
      faults.busy--;
      return new Response(null, { status: 503 });
    }
    return contentOf(request, files.get(name)!, faults);
  });
  const hub = Deno.serve(quiet, (request) => {
    const { pathname } = new URL(request.url);
    const path = decodeURIComponent(pathname);
    asked.push(`${request.method} ${pathname}`);
    if (faults.token && request.headers.get("authorization") !== `Bearer ${faults.token}`) {
      return new Response("Unauthorized", {
        status: 401,
        headers: { "x-error-message": "Invalid credentials." },
      });
    }
    const revision = path.startsWith(`/api/models/${id}/revision/`) ? path.split("/revision/")[1] : undefined;
    if (revision !== undefined && ["main", "refs/pr/1", COMMIT].includes(revision)) {
      return Response.json({
        id,
        sha: COMMIT,
        siblings: [...files.keys()].map((rfilename) => ({ rfilename })),
      });
    }
    // Python's huggingface_hub asks for it.
    if (path === `/api/models/${id}/tree/${COMMIT}`) return Response.json([...files].map(treeEntry));
    const name = path.split(`/${id}/resolve/${COMMIT}/`)[1];
    const bytes = files.get(name ?? "");
    if (!bytes) return new Response(null, { status: 404, headers: { "x-error-code": "RevisionNotFound" } });
    if (!isLarge(name)) {
      const headers = { etag: `W/"${gitHash(bytes)}"`, "x-repo-commit": COMMIT };
      // The hub itself leads to a cache of its own.
      if (!new URL(request.url).searchParams.has("cached")) {
        return new Response(null, {
          status: 307,
          headers: { location: `${pathname}?cached`, "x-repo-commit": COMMIT },
        });
      }
      return request.method === "HEAD"
        ? new Response(null, { headers: { ...headers, "content-length": `${bytes.length}` } })
        : new Response(bytes, { headers });
    }
    return new Response(null, {
      status: 302,
      headers: {
        location: `http://127.0.0.1:${store.addr.port}/${name}`,
        etag: '"of-the-pointer"',
        "x-linked-etag": `"${sha256(bytes)}"`,
        "x-linked-size": `${bytes.length}`,
        "x-repo-commit": COMMIT,
      },
    });
  });
  return {
    endpoint: `http://127.0.0.1:${hub.addr.port}`,
    faults,
    asked,
    async [Symbol.asyncDispose]() {
      await hub.shutdown();
      await store.shutdown();
    },
  };
}

function treeEntry([path, bytes]: [string, Uint8Array]): Record<string, unknown> {
  const file = { type: "file", path, size: bytes.length, oid: gitHash(bytes) };
  if (!isLarge(path)) return file;
  return { ...file, lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 130 } };
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function isLarge(name: string): boolean {
  return name.endsWith(".safetensors");
}

function gitHash(bytes: Uint8Array): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

function contentOf(request: Request, all: Uint8Array<ArrayBuffer>, faults: Faults): Response {
  const from = faults.noRanges
    ? 0
    : Number(/^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);
  const sent = faults.corrupt ? all.map((byte) => byte ^ 1) : all;
  const headers: Record<string, string> = { "content-length": `${all.length - from}` };
  if (from > 0) headers["content-range"] = `bytes ${from}-${all.length - 1}/${all.length}`;
  const status = from > 0 ? 206 : 200;
  const { cut } = faults;
  if (!cut || cut.times === 0) return new Response(sent.slice(from), { status, headers });
  cut.times--;
  const piece = sent.slice(from, from + cut.bytes);
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(piece);
      await new Promise((resolve) => setTimeout(resolve, 20));
      controller.error(new Error("cut"));
    },
  });
  return new Response(body, { status, headers });
}

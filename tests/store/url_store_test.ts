import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { LacunaError } from "../../src/errors.ts";
import { UrlStore } from "../../src/store/url_store.ts";

const FILE = Uint8Array.from({ length: 100 }, (_, i) => i);

/** A server with one file, /models/tiny/a.bin, that counts the bytes it sends. */
function fakeServer(
  { ranges = true, file = FILE, hideTotal = false }: {
    ranges?: boolean;
    file?: typeof FILE;
    hideTotal?: boolean;
  },
) {
  const server = {
    sent: 0,
    fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
      if (String(input) !== "https://hub.test/models/tiny/a.bin") {
        return Promise.resolve(new Response("not here", { status: 404 }));
      }
      const range = /^bytes=(\d+)-(\d+)$/.exec(new Headers(init?.headers).get("range") ?? "");
      if (!ranges || range === null) {
        server.sent += file.length;
        return Promise.resolve(new Response(file));
      }
      const [start, end] = [Number(range[1]), Math.min(Number(range[2]) + 1, file.length)];
      const total = `/${hideTotal ? "*" : file.length}`;
      if (start >= file.length) {
        return Promise.resolve(
          new Response(null, { status: 416, headers: { "content-range": `bytes *${total}` } }),
        );
      }
      server.sent += end - start;
      const headers = { "content-range": `bytes ${start}-${end - 1}${total}` };
      return Promise.resolve(new Response(file.slice(start, end), { status: 206, headers }));
    },
  };
  return server;
}

const open = (server: { fetch: typeof fetch }) => new UrlStore("https://hub.test/models/tiny", server);

Deno.test("UrlStore fetches the bytes it is asked for and no others", async () => {
  const server = fakeServer({});
  const store = open(server);
  assertEquals(await store.size("a.bin"), 100);
  assertEquals(await store.read("a.bin", 10, 20), FILE.slice(10, 20));
  assertEquals(await store.read("a.bin", 5, 5), new Uint8Array(0));
  assertEquals(server.sent, 11);
});

Deno.test("UrlStore fetches a file once from a server that ignores ranges", async () => {
  const server = fakeServer({ ranges: false });
  const store = open(server);
  assertEquals(await store.size("a.bin"), 100);
  assertEquals(await store.read("a.bin", 10, 20), FILE.slice(10, 20));
  assertEquals(await store.read("a.bin", 90, 100), FILE.slice(90));
  assertEquals(await store.exists("a.bin"), true);
  assertEquals(server.sent, 100);
});

Deno.test("UrlStore takes the size from the body where the server hides the total", async () => {
  assertEquals(await open(fakeServer({ hideTotal: true })).size("a.bin"), 100);
});

Deno.test("UrlStore refuses another range than it asked for", async () => {
  const { fetch } = fakeServer({});
  const store = open({ fetch: (input) => fetch(input, { headers: { range: "bytes=0-9" } }) });
  await assertRejects(
    () => store.read("a.bin", 10, 20),
    LacunaError,
    "a.bin: expected bytes from 10 on, found that the server sent them from 0 on",
  );
});

Deno.test("UrlStore knows an empty file", async () => {
  const store = open(fakeServer({ file: new Uint8Array(0) }));
  assertEquals(await store.size("a.bin"), 0);
  assertEquals(await store.exists("a.bin"), true);
});

Deno.test("UrlStore names the URL of what is not there, cut off or refused", async () => {
  const store = open(fakeServer({}));
  assertEquals(await store.exists("gone"), false);
  const gone = "cannot read https://hub.test/models/tiny/gone: there is no such file";
  await assertRejects(() => store.size("gone"), LacunaError, gone);
  await assertRejects(() => store.read("gone", 0, 1), LacunaError, gone);
  await assertRejects(
    () => store.read("a.bin", 90, 110),
    LacunaError,
    "expected 20 bytes from 90 to 110, found 10",
  );
  await assertRejects(() => store.read("a.bin", 110, 120), LacunaError, "the file ends before this range");

  const refusing = open({
    fetch: () => Promise.resolve(new Response("", { status: 403, statusText: "No" })),
  });
  await assertRejects(() => refusing.exists("a.bin"), LacunaError, "the server answered 403 No");
  const offline = open({ fetch: () => Promise.reject(new TypeError("no route")) });
  await assertRejects(() => offline.size("a.bin"), LacunaError, "cannot fetch https://hub.test");
});

Deno.test("UrlStore can neither list nor change anything", async () => {
  const store = open(fakeServer({}));
  await assertRejects(() => store.list(""), LacunaError, "a web server does not tell its files");
  for (
    const change of [() => store.write("a"), () => store.rename("a", "b"), () => store.remove("a")]
  ) await assertRejects(change, LacunaError, "a URL can only be read");
});

Deno.test("UrlStore escapes names and stays below its URL", () => {
  const store = new UrlStore("https://hub.test/a?token=1");
  assertEquals(store.locate("b #c/d"), "https://hub.test/a/b%20%23c/d?token=1");
  assertThrows(() => store.locate("../b"), LacunaError);
});

/** Files of a web server, read by ranges: a checkpoint on a hub, a page's own assets. */

import { LacunaError } from "../errors.ts";
import { checkPath, type Store, type WritableSink } from "./store.ts";

/**
 * A {@linkcode Store} that reads below a URL with HTTP range requests and cannot write.
 *
 * A server that ignores ranges answers with the whole file; it is then kept in memory for the reads to come,
 * since asking again would fetch all of it again.
 */
export class UrlStore implements Store {
  readonly #base: URL;
  readonly #fetch: typeof fetch;
  readonly #wholeFiles = new Map<string, Uint8Array<ArrayBuffer>>();

  /**
   * Reads nothing yet.
   *
   * @param base the folder, with or without a slash at its end
   * @param options `fetch` to use in the place of the global one (a cache, credentials)
   */
  constructor(base: string | URL, options: { fetch?: typeof fetch } = {}) {
    this.#base = new URL(base);
    if (!this.#base.pathname.endsWith("/")) this.#base.pathname += "/";
    // Called as a method of this object, a browser's own fetch would refuse its receiver.
    this.#fetch = options.fetch ?? fetch.bind(globalThis);
  }

  locate(path: string): string {
    checkPath(path);
    const url = new URL(this.#base);
    url.pathname += path.split("/").map(encodeURIComponent).join("/");
    return url.href;
  }

  async exists(path: string): Promise<boolean> {
    if (this.#wholeFiles.has(path)) return true;
    const answer = await this.#request(path, "bytes=0-0");
    await answer?.body?.cancel();
    return answer !== undefined;
  }

  async size(path: string): Promise<number> {
    const whole = this.#wholeFiles.get(path);
    if (whole !== undefined) return whole.length;
    const answer = await this.#request(path, "bytes=0-0") ?? this.#missing(path);
    if (answer.status === 200) return (await this.#keep(path, answer)).length;
    await answer.body?.cancel();
    const total = /^bytes .*\/(\d+)$/.exec(answer.headers.get("content-range") ?? "")?.[1];
    if (total !== undefined) return Number(total);
    // Another origin may hide Content-Range from a page: the body itself still tells the size.
    return (await this.#keep(path, await this.#request(path) ?? this.#missing(path))).length;
  }

  async read(path: string, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    if (start === end) return new Uint8Array(0);
    let whole = this.#wholeFiles.get(path);
    if (whole === undefined) {
      const answer = await this.#request(path, `bytes=${start}-${end - 1}`) ?? this.#missing(path);
      if (answer.status === 206) {
        const first = /^bytes (\d+)-/.exec(answer.headers.get("content-range") ?? "")?.[1];
        if (first !== undefined && Number(first) !== start) {
          await answer.body?.cancel();
          throw new LacunaError(
            `${
              this.locate(path)
            }: expected bytes from ${start} on, found that the server sent them from ${first} on`,
          );
        }
        const bytes = new Uint8Array(await this.#body(path, answer));
        return this.#complete(path, bytes, { start, end });
      }
      whole = await this.#keep(path, answer);
    }
    return this.#complete(path, whole.slice(start, end), { start, end });
  }

  list(_prefix: string): Promise<string[]> {
    return Promise.reject(new LacunaError(`cannot list ${this.#base}: a web server does not tell its files`));
  }

  write(path: string): Promise<WritableSink> {
    return this.#refuseToChange(path);
  }

  rename(from: string, _to: string): Promise<void> {
    return this.#refuseToChange(from);
  }

  remove(path: string): Promise<void> {
    return this.#refuseToChange(path);
  }

  /** The answer to a GET, or undefined where there is no such file. */
  async #request(path: string, range?: string): Promise<Response | undefined> {
    const url = this.locate(path);
    // A compressed body has other offsets than the file. Browsers do not let this header be set and ask for
    // ranges uncompressed by themselves.
    const headers = { "accept-encoding": "identity", ...(range === undefined ? {} : { range }) };
    let answer: Response;
    try {
      answer = await this.#fetch(url, { headers });
    } catch (error) {
      throw new LacunaError(`cannot fetch ${url}: ${(error as Error).message}`);
    }
    // An empty file has no byte 0: the answer is 416 with its size, which `size` reads.
    if (answer.status === 200 || answer.status === 206 || answer.status === 416) return answer;
    await answer.body?.cancel();
    if (answer.status === 404 || answer.status === 410) return undefined;
    throw new LacunaError(`cannot fetch ${url}: the server answered ${answer.status} ${answer.statusText}`);
  }

  async #keep(path: string, answer: Response): Promise<Uint8Array<ArrayBuffer>> {
    if (answer.status === 416) {
      throw new LacunaError(
        `cannot fetch ${this.locate(path)}: the server says the file ends before this range`,
      );
    }
    const whole = new Uint8Array(await this.#body(path, answer));
    this.#wholeFiles.set(path, whole);
    return whole;
  }

  async #body(path: string, answer: Response): Promise<ArrayBuffer> {
    try {
      return await answer.arrayBuffer();
    } catch (error) {
      throw new LacunaError(`cannot fetch ${this.locate(path)}: ${(error as Error).message}`);
    }
  }

  #complete(path: string, bytes: Uint8Array<ArrayBuffer>, { start, end }: { start: number; end: number }) {
    if (bytes.length === end - start) return bytes;
    throw new LacunaError(
      `${this.locate(path)}: expected ${end - start} bytes from ${start} to ${end}, found ${bytes.length}`,
    );
  }

  #missing(path: string): never {
    throw new LacunaError(`cannot read ${this.locate(path)}: there is no such file`);
  }

  #refuseToChange(path: string): Promise<never> {
    return Promise.reject(new LacunaError(`cannot change ${this.locate(path)}: a URL can only be read`));
  }
}

/** What a command knows of the world it runs in; tests put their own in its place. */

import { LacunaError } from "../../errors.ts";

/** A signal that asks a process to end: Ctrl-C, and what systems and schedulers send. */
export type EndSignal = "SIGINT" | "SIGTERM";

/** Windows knows only Ctrl-C. */
const endSignals: readonly EndSignal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];

/** Arguments, the three streams and the signals that end a process. */
export interface Terminal {
  readonly args: readonly string[];
  /** What was typed before the command's name; `deno task` where undefined. */
  readonly launcher?: string;
  readonly stdin: ReadableStream<Uint8Array>;
  /** An environment variable; undefined where it is not set, or the command has no permission to read it. */
  env(name: string): string | undefined;
  /** Width in characters of the terminal that stderr goes to; undefined where it goes to a file or a pipe. */
  readonly columns: number | undefined;
  /**
   * False once nobody reads any more, as after `| head`.
   *
   * @throws {LacunaError} once, if the text cannot be written, as on a full disk
   */
  stdout(text: string): boolean;
  /** Nothing is thrown: where progress cannot be written a run goes on without it. */
  stderr(text: string): void;
  /**
   * Calls back on the first {@linkcode EndSignal} in place of ending the process; a second one ends it. What
   * is returned stops that: then the first one ends it.
   */
  onInterrupt(listener: (signal: EndSignal) => void): () => void;
}

/** A stream that text goes to. */
type Stream = Pick<typeof Deno.stdout, "writeSync" | "isTerminal">;

/** The terminal that this process was started in; tests put other streams in the place of its own. */
export function denoTerminal(
  { stdout, stderr }: { readonly stdout: Stream; readonly stderr: Stream } = Deno,
): Terminal {
  let stdoutFailed = false;
  return {
    args: Deno.args,
    stdin: Deno.stdin.readable,
    env(name) {
      const { state } = Deno.permissions.querySync({ name: "env", variable: name });
      return state === "granted" ? Deno.env.get(name) : undefined;
    },
    columns: stderr.isTerminal() ? Deno.consoleSize().columns : undefined,
    stdout(text) {
      if (stdoutFailed) return false;
      try {
        writeAll(stdout, text);
        return true;
      } catch (error) {
        stdoutFailed = true;
        // `| head` closes the pipe: a run of hours goes on without its reader, as it does with console.log.
        if (error instanceof Deno.errors.BrokenPipe) return false;
        throw new LacunaError(`cannot write to standard output: ${(error as Error).message}`, {
          cause: error,
        });
      }
    },
    stderr(text) {
      try {
        writeAll(stderr, text);
      } catch {
        // There is no other place to say it.
      }
    },
    onInterrupt(listener) {
      const listeners = endSignals.map((signal) => ({
        signal,
        once() {
          remove();
          listener(signal);
        },
      }));
      const remove = () => {
        for (const { signal, once } of listeners) Deno.removeSignalListener(signal, once);
      };
      for (const { signal, once } of listeners) Deno.addSignalListener(signal, once);
      return remove;
    },
  };
}

function writeAll(stream: Stream, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
}

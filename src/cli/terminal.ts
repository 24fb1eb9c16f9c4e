/** What a command knows of the world it runs in; tests put their own in its place. */

/** Arguments, the three streams and Ctrl-C. */
export interface Terminal {
  readonly args: readonly string[];
  /** What was typed before the command's name; `deno task` where undefined. */
  readonly launcher?: string;
  readonly stdin: ReadableStream<Uint8Array>;
  /** Width in characters of the terminal that stderr goes to; undefined where it goes to a file or a pipe. */
  readonly columns: number | undefined;
  /** False once nobody reads any more, as after `| head`. */
  stdout(text: string): boolean;
  stderr(text: string): void;
  /** Calls back on the first Ctrl-C in place of ending the process; a second one ends it. */
  onInterrupt(listener: () => void): void;
}

/** The terminal that this process was started in. */
export function denoTerminal(): Terminal {
  return {
    args: Deno.args,
    stdin: Deno.stdin.readable,
    columns: Deno.stderr.isTerminal() ? Deno.consoleSize().columns : undefined,
    stdout: (text) => write(Deno.stdout, text),
    stderr: (text) => void write(Deno.stderr, text),
    onInterrupt(listener) {
      const once = () => {
        Deno.removeSignalListener("SIGINT", once);
        listener();
      };
      Deno.addSignalListener("SIGINT", once);
    },
  };
}

function write(stream: typeof Deno.stdout | typeof Deno.stderr, text: string): boolean {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
    return true;
  } catch (error) {
    // `| head` closes the pipe: a run of hours goes on without its reader, as it does with console.log.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    return false;
  }
}

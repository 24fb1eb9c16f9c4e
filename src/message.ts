/**
 * What an error says. A setting has several names, `batchTokens` for a program and `--batch-tokens` for a
 * person at a terminal, so messages name settings apart from their text, and whoever shows one decides what
 * they are called.
 *
 * @module
 */

/** A setting in a message. */
export interface NamedSetting {
  /** As programs name it. */
  readonly setting: string;
  /** What it is or should be, where the message says so. */
  readonly value?: string | number | boolean;
}

/** What stands in a message: text, settings, another message or what has one, and lists of them. */
export type MessagePart =
  | string
  | number
  | NamedSetting
  | Message
  | { readonly said: Message }
  | readonly MessagePart[];

/** A sentence with the settings that it names. */
export class Message {
  /** Text and settings, in order. */
  readonly parts: readonly (string | NamedSetting)[];

  /** Lists get commas between their items. */
  constructor(...parts: readonly MessagePart[]) {
    this.parts = parts.flatMap(flat);
  }

  /** The sentence; `nameOf` says what a setting is called, by default what programs call it. */
  text(nameOf: (setting: NamedSetting) => string = programName): string {
    return this.parts.map((part) => typeof part === "string" ? part : nameOf(part)).join("");
  }

  /** As {@linkcode Message.text} for programs. */
  toString(): string {
    return this.text();
  }
}

/** A setting for a {@linkcode message}. */
export function setting(setting: string, value?: NamedSetting["value"]): NamedSetting {
  return { setting, value };
}

/** A message from a template: ``message`Expected ${setting("epochs")} to be ...` ``. */
export function message(texts: TemplateStringsArray, ...values: readonly MessagePart[]): Message {
  return new Message(...texts.flatMap((text, i) => i < values.length ? [text, values[i]] : [text]));
}

function flat(part: MessagePart): (string | NamedSetting)[] {
  if (typeof part === "string" || typeof part === "number") return [String(part)];
  if (part instanceof Message) return [...part.parts];
  if ("said" in part) return [...part.said.parts];
  if ("setting" in part) return [part];
  return part.flatMap((item, i) => [...(i > 0 ? [", "] : []), ...flat(item)]);
}

function programName({ setting, value }: NamedSetting): string {
  return value === undefined ? setting : `${setting} ${value}`;
}

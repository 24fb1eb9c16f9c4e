/**
 * The error classes that Lacuna throws. A message says what was expected, what was found, where (file and
 * line, tensor, option) and what to do about it; the terminal prints it as it is and ends with exit code 1.
 *
 * @module
 */

import { Message } from "./message.ts";

/** The common ancestor: whatever is not a `LacunaError` is a defect of Lacuna or of the platform. */
export class LacunaError extends Error {
  static {
    this.prototype.name = "LacunaError";
  }

  /** What `message` says, with the settings that it names apart. */
  readonly said: Message;

  /** With a {@linkcode Message} where it names settings. */
  constructor(said: string | Message, options?: ErrorOptions) {
    super(String(said), options);
    this.said = new Message(said);
  }
}

/** A data file (CoNLL, raw text) does not say what it has to say. */
export class DataError extends LacunaError {
  static {
    this.prototype.name = "DataError";
  }
}

/** A checkpoint, its config.json or its tokenizer is damaged, incomplete or does not fit together. */
export class CheckpointError extends LacunaError {
  static {
    this.prototype.name = "CheckpointError";
  }
}

/** An option has a value that cannot work. */
export class OptionError extends LacunaError {
  static {
    this.prototype.name = "OptionError";
  }
}

/** No device, a device without enough memory, or a device that refuses a command. */
export class DeviceError extends LacunaError {
  static {
    this.prototype.name = "DeviceError";
  }
}

/** The device went away in the middle of a run: what it returned since cannot be trusted. */
export class DeviceLostError extends DeviceError {
  static {
    this.prototype.name = "DeviceLostError";
  }
}

/** A training run cannot go on: the loss is not finite, or a state to resume from does not fit the run. */
export class TrainingError extends LacunaError {
  static {
    this.prototype.name = "TrainingError";
  }
}

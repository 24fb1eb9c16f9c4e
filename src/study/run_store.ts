import { DataError } from "../errors.ts";
import { Message, setting } from "../message.ts";
import { joinPath, readText, writeText } from "../store/store.ts";
import type { Place } from "../run/input.ts";
import type { TrainingSettings } from "../training/settings.ts";
import { studyDefaults } from "./plan.ts";
import { parseRecords } from "./read_records.ts";
import { formatRecord, type RunKey, runName, type RunRecord } from "./record.ts";

/**
 * What a finished run has to agree in with the run that is asked for: plain JSON, a part of the record's
 * settings.
 */
export type CellIdentity = Readonly<Record<string, string | number | boolean>>;

/**
 * The finished runs of a grid: `runs/NAME.json` has the record of one, `runs/NAME.tags` the tags of its test
 * sentences, a sentence a line. A file appears whole or not at all, the record last, so a run with a record
 * is a finished one.
 */
export class RunStore {
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  /**
   * The record of a run, if it is finished.
   *
   * @throws {DataError} if it is the record of another run: other settings, data or model
   */
  async find(key: RunKey, identity: CellIdentity): Promise<RunRecord | undefined> {
    const { store } = this.#place;
    const path = this.#path(key, "json");
    if (!await store.exists(path)) return undefined;
    const file = store.locate(path);
    const [record] = parseRecords(await readText(store, path), { file });
    if (record === undefined || runName(record.key) !== runName(key)) {
      throw new DataError(
        `${file}: expected the record of the run ${runName(key)}, found ${
          record === undefined ? "none" : `that of ${runName(record.key)}`
        }: remove the file and run again`,
      );
    }
    for (const [name, expected] of Object.entries(identity)) {
      // A setting that is younger than the record was what a study has by default.
      const found = record.settings[name] ?? studyDefaults[name as keyof TrainingSettings];
      if (found === expected) continue;
      const was = `${found}`;
      throw new DataError(
        new Message(
          `${file}: this run is finished with `,
          Object.hasOwn(studyDefaults, name) ? setting(name, was) : `${name} ${was}`,
          `, and ${expected} is asked for: go on as the grid began, or begin another one in another folder`,
        ),
      );
    }
    return record;
  }

  /** Keeps a finished run. */
  async add(record: RunRecord, tags: readonly (readonly string[])[]): Promise<void> {
    const { store } = this.#place;
    const lines = tags.map((tags) => `${tags.join(" ")}\n`).join("");
    if (lines !== "") await writeText(store, this.#path(record.key, "tags"), lines);
    await writeText(store, this.#path(record.key, "json"), formatRecord(record));
  }

  /** Writes the records of a grid into one file, JSON Lines. */
  async collect(name: string, records: Iterable<RunRecord>): Promise<void> {
    const { store, dir } = this.#place;
    await writeText(store, joinPath(dir, name), Array.from(records, formatRecord).join(""));
  }

  #path(key: RunKey, extension: string): string {
    return joinPath(this.#place.dir, `runs/${runName(key)}.${extension}`);
  }
}

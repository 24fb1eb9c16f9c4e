import { openCheckpoint } from "../checkpoint/sharded.ts";
import { OptionError } from "../errors.ts";
import { readConfig } from "../model/config.ts";
import { matchParameters } from "../model/match_parameters.ts";
import { Message, message, setting } from "../message.ts";
import type { StartingPoint } from "../run/input.ts";

/**
 * Refuses to augment with a masked-LM head that nothing was learnt with: it would propose noise for names.
 *
 * @throws {OptionError} if the checkpoint has no such head, or is not read
 */
export async function checkAugmentable({ store, dir, scratch }: StartingPoint): Promise<void> {
  const untrained = scratch ? "random weights" : await lacksHead() ? "a checkpoint without one" : undefined;
  if (untrained === undefined) return;
  throw new OptionError(
    new Message(
      message`Expected a trained masked-LM head, which proposes the names for ${setting("augmentation")}, `,
      `but found ${untrained}: begin from a checkpoint that was pretrained on text of the language`,
    ),
  );

  async function lacksHead(): Promise<boolean> {
    const config = await readConfig(store, dir);
    const { fresh } = matchParameters(await openCheckpoint(store, dir), config, { maskedLm: true });
    return fresh.length > 0;
  }
}

import { OptionError } from "../errors.ts";
import { readConfig } from "../model/config.ts";
import { hasMaskedLm } from "../model/open.ts";
import { Message, message, setting } from "../message.ts";
import type { StartingPoint } from "../run/input.ts";

/**
 * Refuses to augment with a masked-LM head that nothing was learnt with: it would propose noise for names.
 *
 * @throws {OptionError} if the checkpoint has no such head, or is not read
 */
export async function checkAugmentable({ store, dir, scratch }: StartingPoint): Promise<void> {
  const untrained = scratch ? "random weights" : await hasHead() ? undefined : "a checkpoint without one";
  if (untrained === undefined) return;
  throw new OptionError(
    new Message(
      message`Expected a trained masked-LM head, which proposes the names for ${setting("augmentation")}, `,
      `but found ${untrained}: begin from a checkpoint that was pretrained on text of the language`,
    ),
  );

  async function hasHead(): Promise<boolean> {
    return await hasMaskedLm(store, { dir, config: await readConfig(store, dir) });
  }
}

import { assertEquals, assertThrows } from "@std/assert";
import { OptionError } from "../../src/errors.ts";
import { checkSettings, type TrainingSettings } from "../../src/training/settings.ts";

Deno.test("unless told otherwise half of the sentences have a masked copy, with 15 % of its subwords masked, and fewer from half of the run on", () => {
  const { maskedCopies, maskedShare, maskFrom, annealFrom } = checkSettings({});
  assertEquals([maskedCopies, maskedShare, maskFrom, annealFrom], [0.5, 0.15, 0, 0.5]);
});

Deno.test("settings of masking that cannot work are refused by name, with what they have to be", () => {
  const bad: [Partial<TrainingSettings>, string][] = [
    [{ maskedCopies: 0 }, "Expected maskedCopies to be above 0 and at most 100 but found 0"],
    [{ maskedCopies: 101 }, "Expected maskedCopies to be above 0 and at most 100 but found 101"],
    [{ maskedCopies: NaN }, "Expected maskedCopies to be above 0 and at most 100 but found NaN"],
    [{ maskedShare: 0 }, "Expected maskedShare to be above 0 and at most 1 but found 0"],
    [{ maskedShare: 15 }, "Expected maskedShare to be above 0 and at most 1 but found 15"],
    [{ maskFrom: -0.1 }, "Expected maskFrom to be a number from 0 to 1 but found -0.1"],
    [{ annealFrom: 500 }, "Expected annealFrom to be a number from 0 to 1 but found 500"],
  ];
  for (const [settings, message] of bad) assertThrows(() => checkSettings(settings), OptionError, message);
});

Deno.test("nothing is augmented unless told, and not with a number of copies that must be a slip", () => {
  assertEquals(checkSettings({}).augmentation, 0);
  const bad: [Partial<TrainingSettings>, string][] = [
    [{ augmentation: 101 }, "Expected augmentation to be a whole number from 0 to 100 but found 101"],
    [{ augmentation: 0.5 }, "Expected augmentation to be a whole number from 0 to 100 but found 0.5"],
    [
      { augmentation: 1, augmentationEpochs: 0 },
      "Expected augmentationEpochs to be a whole number from 1 but found 0",
    ],
  ];
  for (const [settings, message] of bad) assertThrows(() => checkSettings(settings), OptionError, message);
});

import { assertEquals, assertThrows } from "@std/assert";
import { OptionError } from "../../src/errors.ts";
import {
  checkPretrainingSettings,
  defaultPretrainingSettings,
  type PretrainingSettings,
} from "../../src/pretraining/settings.ts";

Deno.test("settings that are not given have their defaults", () => {
  assertEquals(checkPretrainingSettings({ seed: 7 }), { ...defaultPretrainingSettings, seed: 7 });
});

Deno.test("strategies that need labels or mask nothing are refused with those that raw text can have", () => {
  const names = "Expected masking for raw text (token, word, span) but found";
  const refused = {
    entity: `${names} entity: it masks by the tags of sentences, which raw text has not`,
    context: `${names} context: it masks by the tags of sentences, which raw text has not`,
    none: `${names} none: it masks nothing`,
    prompt: `${names} prompt: it masks nothing`,
    letters:
      'Expected masking to be one of none, token, word, span, entity, context, prompt but found "letters"',
  };
  for (const [masking, message] of Object.entries(refused)) {
    assertThrows(() => checkPretrainingSettings({ masking }), OptionError, message);
  }
});

Deno.test("numbers out of their range are refused by name", () => {
  const wrong: [Partial<PretrainingSettings>, string][] = [
    [{ maxLength: 2 }, "Expected maxLength to be a whole number from 3 but found 2"],
    [{ evaluateEvery: -1 }, "Expected evaluateEvery to be a whole number from 0 but found -1"],
    [{ learningRate: NaN }, "Expected learningRate to be a number from 0 but found NaN"],
    [{ warmup: 2 }, "Expected warmup to be a number from 0 to 1 but found 2"],
    [{ dtype: "BF16" as "F16" }, "Expected dtype to be F32, F16, INT8 or INT4 but found BF16"],
  ];
  for (const [settings, message] of wrong) {
    assertThrows(() => checkPretrainingSettings(settings), OptionError, message);
  }
});

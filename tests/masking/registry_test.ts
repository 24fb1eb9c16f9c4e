import { assertEquals, assertThrows } from "@std/assert";
import { OptionError } from "../../src/errors.ts";
import { maskingStrategies, maskingStrategy } from "../../src/masking/registry.ts";

Deno.test("maskingStrategy() finds every strategy by its name", () => {
  const names = ["none", "token", "word", "span", "entity", "context", "prompt"];
  assertEquals(maskingStrategies.map(({ name }) => name), names);
  for (const name of names) assertEquals(maskingStrategy(name).name, name);
});

Deno.test("maskingStrategy() lists the names when there is no such strategy", () => {
  assertThrows(
    () => maskingStrategy("spans"),
    OptionError,
    'Expected masking to be one of none, token, word, span, entity, context, prompt but found "spans"',
  );
});

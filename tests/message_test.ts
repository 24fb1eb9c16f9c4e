import { assertEquals } from "@std/assert";
import { OptionError } from "../src/errors.ts";
import { Message, message, setting } from "../src/message.ts";

/** Settings as somebody else could call them. */
const shouted = (said: Message) =>
  said.text(({ setting, value }) => `<${setting.toUpperCase()} ${value ?? ""}>`);

Deno.test("a message names settings as programs do, or as whoever shows it wishes", () => {
  const said = message`Expected ${setting("epochs")} above ${0} with ${setting("precision", "f32")}.`;
  assertEquals(said.text(), "Expected epochs above 0 with precision f32.");
  assertEquals(shouted(said), "Expected <EPOCHS > above 0 with <PRECISION f32>.");
});

Deno.test("messages are made of messages, errors and lists", () => {
  const remedies = [setting("recompute"), message`a smaller ${setting("batchTokens")}`, "patience"];
  const error = new OptionError(new Message("too large: ", message`use ${remedies}`));
  assertEquals(error.message, "too large: use recompute, a smaller batchTokens, patience");
  const around = new OptionError(message`Arm span: ${error}`);
  assertEquals(around.message, `Arm span: ${error.message}`);
  assertEquals(
    shouted(around.said),
    "Arm span: too large: use <RECOMPUTE >, a smaller <BATCHTOKENS >, patience",
  );
});

Deno.test("an error with a plain text names no setting, whatever its words are", () => {
  const { said } = new OptionError("batchTokens.conll: expected a tag");
  assertEquals(said.parts, ["batchTokens.conll: expected a tag"]);
});

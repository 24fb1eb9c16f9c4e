import { assertEquals, assertThrows } from "@std/assert";
import { DataError } from "../../src/errors.ts";
import { decodeUtf8 } from "../../src/text/utf8.ts";

Deno.test("UTF-8 becomes text without its byte order mark", () => {
  assertEquals(decodeUtf8(new TextEncoder().encode("\ufeffẹ̀kọ́\n"), { file: "a.txt" }), "ẹ̀kọ́\n");
});

Deno.test("bytes that are not UTF-8 are refused with file and line", () => {
  const bytes = Uint8Array.of(0x61, 0x0a, 0x62, 0x0a, 0xe9, 0x0a, 0x63);
  assertThrows(
    () => decodeUtf8(bytes, { file: "a.txt", firstLine: 40 }),
    DataError,
    "a.txt:42: expected UTF-8 text, found bytes that are not UTF-8: convert the file",
  );
});

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { splitSentences, splitWords, type TextSpan } from "../../src/text/words.ts";

const words = (text: string) => splitWords(text).map((word) => word.text);
const sentences = (text: string) => splitSentences(text).map((sentence) => sentence.text);
/** Arbitrary Unicode, with the characters that the splitting is about more often than chance gives them. */
const texts = fc.array(
  fc.oneof(
    fc.string({ unit: "binary", maxLength: 4 }),
    fc.string({ unit: "grapheme", maxLength: 4 }),
    fc.constantFrom(
      " ",
      "\n",
      "a",
      "B",
      "7",
      ".",
      ",",
      "'",
      "’",
      "-",
      "!",
      '"',
      "@",
      "/",
      "www.",
      "ya",
      "\u0301",
    ),
    fc.constantFrom(
      "\u200b",
      "\u200d",
      "\ufeff",
      "\ud83d",
      "\udc4d",
      "👩‍👧",
      "🇰🇪",
      "።",
      "\u2028",
      "Dr",
      "U.S.",
    ),
  ),
).map((parts) => parts.join(""));

/** What is neither white space, control character nor zero-width space. */
const visible = (text: string) => text.replace(/[\s\p{Cc}\u200b]/gu, "");

function assertOffsets(text: string, spans: readonly TextSpan[]) {
  const codePoints = Array.from(text);
  let end = 0;
  for (const span of spans) {
    assert(span.start >= end && span.end > span.start);
    end = span.end;
    assertEquals(text.slice(span.start, span.end), span.text);
    assertEquals(codePoints.slice(span.startCodePoint, span.endCodePoint).join(""), span.text);
  }
}

Deno.test("splitWords() peels punctuation off, one word a run of the same character", () => {
  assertEquals(words('"Karibu," alisema (kwa sauti)...'), [
    '"',
    "Karibu",
    ",",
    '"',
    "alisema",
    "(",
    "kwa",
    "sauti",
    ")",
    "...",
  ]);
  assertEquals(words("Kweli?! Ndiyo!!"), ["Kweli", "?", "!", "Ndiyo", "!!"]);
  assertEquals(words("Kenya,Uganda—Ruanda"), ["Kenya", ",", "Uganda", "—", "Ruanda"]);
  assertEquals(words("mwisho.Kesho"), ["mwisho", ".", "Kesho"]);
});

Deno.test("splitWords() keeps inner apostrophes and hyphens", () => {
  for (
    const word of ["ng'ombe", "Ng’ombe", "kinyang'anyiro", "l'ọ́jọ́", "Dar-es-Salaam", "COVID-19", "jama'a"]
  ) {
    assertEquals(words(`(${word}).`), ["(", word, ")", "."]);
  }
  assertEquals(words("a--b c - d"), ["a", "--", "b", "c", "-", "d"]);
});

Deno.test("splitWords() keeps the apostrophe that Hausa writes for ƴ and peels quotation marks off", () => {
  assertEquals(words("'yan sanda da ‘Yar'adua"), ["'yan", "sanda", "da", "‘Yar'adua"]);
  assertEquals(words("'ndiyo' ‘hapana’"), ["'", "ndiyo", "'", "‘", "hapana", "’"]);
});

Deno.test("splitWords() keeps numbers whole and peels currencies and signs off", () => {
  assertEquals(words("$1,000, 3.5% saa 10:30 mwaka 2021/22."), [
    "$",
    "1,000",
    ",",
    "3.5",
    "%",
    "saa",
    "10:30",
    "mwaka",
    "2021/22",
    ".",
  ]);
  assertEquals(words("-5 +255 5kg"), ["-", "5", "+", "255", "5kg"]);
  assertEquals(words("1, 2. 3/4"), ["1", ",", "2", ".", "3/4"]);
});

Deno.test("splitWords() keeps initials whole and makes two words of other abbreviations", () => {
  assertEquals(words("J.K. Mutua wa U.S. alikuja 3 p.m."), [
    "J.K.",
    "Mutua",
    "wa",
    "U.S.",
    "alikuja",
    "3",
    "p.m.",
  ]);
  assertEquals(words("Dkt. Asha na Bw. Juma"), ["Dkt", ".", "Asha", "na", "Bw", ".", "Juma"]);
  assertEquals(words("AT&T na wewe&mimi"), ["AT&T", "na", "wewe", "&", "mimi"]);
});

Deno.test("splitWords() keeps addresses whole, without the punctuation behind them", () => {
  for (
    const address of ["https://mfano.co.tz/a?b=1", "www.mfano.org/habari", "mtu.wa@mfano.or.ke", "mfano.com"]
  ) {
    assertEquals(words(`Soma ${address}.`), ["Soma", address, "."]);
  }
});

Deno.test("splitWords() keeps emoji sequences and flags whole", () => {
  assertEquals(words("asante👍🏾👩‍👩‍👧🇰🇪❤️"), ["asante", "👍🏾", "👩‍👩‍👧", "🇰🇪", "❤️"]);
});

Deno.test("splitWords() knows the punctuation of other scripts", () => {
  assertEquals(words("ኢትዮጵያ፡ነው።"), ["ኢትዮጵያ", "፡", "ነው", "።"]);
  assertEquals(words("أين؟ هنا،"), ["أين", "؟", "هنا", "،"]);
});

Deno.test("splitWords() keeps tone marks with their letters, composed or not", () => {
  for (const form of ["NFC", "NFD"]) {
    const word = "Ọ̀yọ́".normalize(form);
    assertEquals(words(`“${word}”`), ["“", word, "”"]);
  }
});

Deno.test("splitWords() counts offsets in UTF-16 units and in code points", () => {
  assertEquals(splitWords("👍 Asha"), [
    { text: "👍", start: 0, end: 2, startCodePoint: 0, endCodePoint: 1 },
    { text: "Asha", start: 3, end: 7, startCodePoint: 2, endCodePoint: 6 },
  ]);
});

Deno.test("splitWords() puts every visible character into exactly one word whose offsets slice back to it", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const spans = splitWords(text);
      assertOffsets(text, spans);
      assertEquals(spans.map((span) => span.text).join(""), visible(text));
    }),
    { seed: 1, numRuns: 500 },
  );
});

Deno.test("splitWords() and splitSentences() take time in proportion to the text, whatever it repeats", () => {
  for (
    const part of [
      "a.-",
      "a@b.",
      ".-",
      "www.",
      "1,",
      "!",
      '."',
      "A. ",
      "a-",
      "\u200d❤",
      "。a",
      ".。”",
      "፡",
      "።a",
      "//。",
    ]
  ) {
    const text = part.repeat(50_000);
    const before = performance.now();
    splitWords(text);
    splitSentences(text);
    // Ten times what a slow machine needs; a quadratic pattern takes minutes.
    assert(performance.now() - before < 5000, JSON.stringify(part));
  }
});

Deno.test("splitSentences() ends sentences at closing punctuation with its quotes and brackets", () => {
  assertEquals(sentences("Alikuja. Je, alikaa? Ndiyo! (Kidogo.) “Sawa.” Basi…"), [
    "Alikuja.",
    "Je, alikaa?",
    "Ndiyo!",
    "(Kidogo.)",
    "“Sawa.”",
    "Basi…",
  ]);
  assertEquals(sentences("ነው። ኢትዮጵያ"), ["ነው።", "ኢትዮጵያ"]);
});

Deno.test("splitSentences() goes on after titles, initials, numbers and before small letters", () => {
  for (
    const text of [
      "Dkt. Asha na Bw. Juma walikutana.",
      "J. K. Mutua alishinda.",
      "Ni 3.5 au 1,000.",
      '"Sawa!" alisema.',
      "Tazama www.mfano.org sasa.",
    ]
  ) assertEquals(sentences(text), [text]);
});

Deno.test("splitSentences() knows the stops of all scripts, and what stands behind them", () => {
  const sentences = (text: string) => splitSentences(text).map(({ text }) => text);
  const ends: Record<string, string> = {
    Armenian: "Բարև։",
    Amharic: "ሰላም።",
    "Amharic with two word spaces": "ሰላም፡፡",
    "Amharic with two colons": "ሰላም::",
    Hindi: "नमस्ते।",
    Sanskrit: "नमस्ते॥",
    Burmese: "မင်္ဂလာ။",
    Khmer: "សួស្តី។",
    Santali: "ᱡᱚᱦᱟᱨ᱾",
    Meetei: "ꯈꯨꯔꯨꯝꯖꯔꯤ꯫",
    Mongolian: "ᠰᠠᠶᠢᠨ᠃",
    Syriac: "ܫܠܡܐ܀",
    Vai: "ꔀꔁ꘎",
    NKo: "ߌ ߣߌ߹",
    Urdu: "سلام۔",
    Chinese: "你好。",
    "a quote behind it": "Aliondoka.”",
    "a German quote": "Er ging.“",
    "guillemets": "Il part.»",
    "a brace": "Aliondoka.}",
    "marks of direction": "سلام؟\u200f\u2069",
    "a soft hyphen": "Aliondoka.\u00ad",
    "a zero-width space": "Aliondoka.\u200b",
  };
  for (const [name, sentence] of Object.entries(ends)) {
    assertEquals(sentences(`${sentence} ${sentence}\t${sentence}`), [sentence, sentence, sentence], name);
  }
  for (const text of ["你好。再见！", "ሰላም።ሰላም።", "သွား။လာ။", "他说：“你好。”他走了。"]) {
    assertEquals(sentences(text).length, 2, text);
  }
  // Commas, word spaces, wide stops in numbers, and addresses end nothing.
  for (const text of ["မင်္ဂလာ၊ သွား", "ሰላም፡ ሰላም", "３．５", "http://a.b/。c d", "ሰላም፤ ሰላም", "a.b c"]) {
    assertEquals(sentences(text), [text]);
  }
});

Deno.test("splitSentences() ends sentences at line breaks and drops empty lines", () => {
  assertEquals(sentences("Kichwa\n\nMstari wa kwanza\r\n  wa pili  \n"), [
    "Kichwa",
    "Mstari wa kwanza",
    "wa pili",
  ]);
  assertEquals(sentences(" \n\t"), []);
});

Deno.test("splitSentences() puts every word of the text into exactly one sentence", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const spans = splitSentences(text);
      assertOffsets(text, spans);
      for (const { text: sentence } of spans) assertEquals(sentence, sentence.trim());
      const inSentences = spans.flatMap(({ text: sentence, start }) =>
        splitWords(sentence).map((word) => [word.start + start, word.text])
      );
      assertEquals(inSentences, splitWords(text).map((word) => [word.start, word.text]));
    }),
    { seed: 1, numRuns: 500 },
  );
});

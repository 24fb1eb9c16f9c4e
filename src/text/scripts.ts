/**
 * Cutting text where the script changes, by the scripts of Unicode 9 as Hugging Face's Rust tokenizers have
 * them.
 */

const SCRIPTS =
  `Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali
Bhaiksuki Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee
Common Coptic Cuneiform Cypriot Cyrillic Deseret Devanagari Duployan Egyptian_Hieroglyphs Elbasan Ethiopic Georgian
Glagolitic Gothic Grantha Greek Gujarati Gurmukhi Han Hangul Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited
Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kayah_Li Kharoshthi Khmer Khojki Khudawadi
Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani Malayalam Mandaic Manichaean Marchen Meetei_Mayek
Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean New_Tai_Lue Newa
Nko Ogham Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_South_Arabian Old_Turkic Oriya
Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra
Sharada Shavian Siddham SignWriting Sinhala Sora_Sompeng Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham
Tai_Viet Takri Tamil Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Ugaritic Vai Warang_Citi Yi`.split(
    /\s/,
  );

/** Made when it is needed, which hardly any tokenizer does. */
let patterns: (readonly [name: string, pattern: RegExp])[] | undefined;
const known = new Map<string, string | undefined>();

/** The script of a character; undefined for those that go with any. */
function scriptOf(character: string): string | undefined {
  if (character === " ") return undefined;
  if (character === "ー") return "Han";
  if (!known.has(character)) {
    patterns ??= SCRIPTS.map((name) => [name, new RegExp(`^\\p{Script=${name}}$`, "u")]);
    const name = patterns.find(([, pattern]) => pattern.test(character))?.[0];
    known.set(character, name === "Hiragana" || name === "Katakana" ? "Han" : name);
  }
  return known.get(character);
}

/**
 * The parts of a text of one script each; what goes with any stays with what is before it, and is lost at the
 * beginning.
 */
export function cutAtScripts(text: string): { start: number; end: number }[] {
  const starts: number[] = [];
  let last: string | undefined;
  let at = 0;
  for (const character of text) {
    const script = scriptOf(character);
    if (script !== undefined && script !== last) {
      starts.push(at);
      last = script;
    }
    at += character.length;
  }
  return starts.map((start, i) => ({ start, end: starts[i + 1] ?? text.length }));
}

"""The characters that a tokenizer can spell although the text lacks them: those of the Latin orthographies of Africa."""

import string
import unicodedata

LETTERS = string.ascii_lowercase + "æœøßðđłıɑɓƃƈɖɗǝəɛɘƒɣɦħɨɩɪƙɲŋɔɵƥʃƭŧʉʊʋʌƴʒǯ"
TONED = "aeioumnɛɔǝəɩɨʉʊʋɑŋ"
TONES = "\u0300\u0301\u0302\u0303\u0304\u0308\u030c"  # grave, acute, circumflex, tilde, macron, diaeresis, caron
ACCENTED = "ạẹịọụåçčďǧğǰřšžćśźŵẅýỳŷÿḅḍḥḳḷṃṇṛṣṭẉỵẓṅṁḓḽṋṱḙḛṵḭãẽĩõũṽģķļņşţąęįǫų"
MARKS = TONES + "\u0306\u0307\u030a\u030b\u030d\u030f\u0311\u0323\u0324\u0325\u0327\u0328\u0329\u032d\u0330\u0331"
CASELESS = "ꞌʼʻˀʔʕǀǁǂǃªº"
DIGITS = string.digits + "²³½¼¾"
PUNCTUATION = string.punctuation + "‘’‚“”„«»‹›–—‐‑…•·¡¿§¶†′″"
SYMBOLS = "€£¥₦₵¢°©®™±×÷"


def characters():
    """The characters, sorted; letters in both cases and, where Unicode has them, as one character with their tone."""
    letters = set(LETTERS + ACCENTED)
    letters |= {unicodedata.normalize("NFC", letter + tone) for letter in TONED for tone in TONES}
    letters |= {letter.upper() for letter in letters}
    found = letters | set(MARKS + CASELESS + DIGITS + PUNCTUATION + SYMBOLS)
    return sorted(character for character in found if len(character) == 1)

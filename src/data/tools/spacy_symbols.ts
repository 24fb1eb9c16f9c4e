/**
 * The names that spaCy 3 numbers itself (spacy/symbols.pyx, MIT): all other texts in a DocBin have a hash.
 * `*N` stands for N numbers without a name.
 */
const NAMES = `
*1 IS_ALPHA IS_ASCII IS_DIGIT IS_LOWER IS_PUNCT IS_SPACE IS_TITLE IS_UPPER LIKE_URL LIKE_NUM
LIKE_EMAIL IS_STOP IS_OOV_DEPRECATED IS_BRACKET IS_QUOTE IS_LEFT_PUNCT IS_RIGHT_PUNCT IS_CURRENCY
FLAG19 FLAG20 FLAG21 FLAG22 FLAG23 FLAG24 FLAG25 FLAG26 FLAG27 FLAG28 FLAG29 FLAG30 FLAG31 FLAG32
FLAG33 FLAG34 FLAG35 FLAG36 FLAG37 FLAG38 FLAG39 FLAG40 FLAG41 FLAG42 FLAG43 FLAG44 FLAG45 FLAG46
FLAG47 FLAG48 FLAG49 FLAG50 FLAG51 FLAG52 FLAG53 FLAG54 FLAG55 FLAG56 FLAG57 FLAG58 FLAG59 FLAG60
FLAG61 FLAG62 FLAG63 ID ORTH LOWER NORM SHAPE PREFIX SUFFIX LENGTH CLUSTER LEMMA POS TAG DEP ENT_IOB
ENT_TYPE HEAD SENT_START SPACY PROB LANG ADJ ADP ADV AUX CONJ CCONJ DET INTJ NOUN NUM PART PRON
PROPN PUNCT SCONJ SYM VERB X EOL SPACE *276 PERSON NORP FACILITY ORG GPE LOC PRODUCT EVENT
WORK_OF_ART LANGUAGE LAW DATE TIME PERCENT MONEY QUANTITY ORDINAL CARDINAL acomp advcl advmod agent
amod appos attr aux auxpass cc ccomp complm conj cop csubj csubjpass dep det dobj expl hmod hyph
infmod intj iobj mark meta neg nmod nn npadvmod nsubj nsubjpass num number oprd obj obl parataxis
partmod pcomp pobj poss possessive preconj prep prt punct quantmod relcl rcmod root xcomp acl
ENT_KB_ID MORPH ENT_ID IDX _
`;

/** The number of each name. */
export const SPACY_SYMBOLS: ReadonlyMap<string, number> = new Map(numbered());

function* numbered(): Iterable<[string, number]> {
  let number = 0;
  for (const name of NAMES.trim().split(/\s+/)) {
    if (name[0] === "*") number += Number(name.slice(1));
    else yield [name, number++];
  }
}

/**
 * A short hash of data, to notice that a run would go on with other files than it began with: FNV-1a over the JSON
 * text, with 32 bits forwards and 32 bits backwards. It guards against mistakes, not against adversaries.
 */
export function fingerprint(data: unknown): string {
  const text = JSON.stringify(data);
  let forwards = 0x811c9dc5;
  let backwards = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    forwards = Math.imul(forwards ^ text.charCodeAt(i), 0x01000193);
    backwards = Math.imul(backwards ^ text.charCodeAt(text.length - 1 - i), 0x01000193);
  }
  return [forwards, backwards].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
}

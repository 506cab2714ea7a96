const plain = /^[\x20-\x7e]*$/;

/** Colours, and what a terminal draws over the character before it or not at all. */
const weightless = /\x1b\[[0-9;]*m|[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff]/gu;

/** What takes two cells: the wide characters of East Asian scripts, and emoji. */
const wide =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18df2}\u{1b000}-\u{1b2fb}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/gu;

/**
 * How many cells of a terminal a text takes. Written here because packages for it load the rules of text segmentation when
 * they are imported, which takes as long as all the rest of a command's start.
 */
export function cellWidth(text: string): number {
  if (plain.test(text)) return text.length;
  const drawn = text.replace(weightless, '');
  return [...drawn].length + (drawn.match(wide)?.length ?? 0);
}

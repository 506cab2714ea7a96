import { Document, isScalar, Scalar, visit } from 'yaml';

/** What YAML 1.2 lets stand in a document as it is, less what some readers take for the end of a line or for white space. */
const unprintable =
  /[^\n\x20-\x7e\u{a0}-\u{2027}\u{202a}-\u{d7ff}\u{e000}-\u{fefe}\u{ff00}-\u{fffd}\u{10000}-\u{10ffff}]/u;

/**
 * Data as YAML in which hostile names stand escaped: they would make it unreadable, or act on a terminal. Readers of YAML 1.1, such
 * as Python's, take `yes` for a truth value, `1:30` for 90 and stop at `=`: what means something else there is quoted, too.
 */
export function yamlText(data: unknown): string {
  const document = new Document(data, { compat: 'yaml-1.1' });
  visit(document, {
    Scalar(_, node) {
      if (isScalar(node) && typeof node.value === 'string' && isQuoted(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  // Only in quoted texts are there any of them left.
  return document.toString({ lineWidth: 0 }).trimEnd().replaceAll(new RegExp(unprintable, 'gu'), escaped);
}

/** Line breaks at the end would be those of the document. */
function isQuoted(text: string): boolean {
  return text === '=' || text.endsWith('\n') || unprintable.test(text);
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

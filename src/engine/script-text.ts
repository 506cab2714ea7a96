import { createHash } from 'node:crypto';
import type { ScriptText } from '../store/scripts.ts';

/** What the store keeps of a script. Bytes that are no text are not to be found by a search. */
export function toScriptText(content: string | Uint8Array): ScriptText {
  const text = typeof content === 'string' ? content : new TextDecoder().decode(content);
  return { text, hash: createHash('sha256').update(content).digest('hex') };
}

const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';

/** Ten characters that are read aloud without doubt; one in 10^15, checked again by the store's primary key. */
export function createRunId(randomBytes: (count: number) => Uint8Array): string {
  return Array.from(randomBytes(10), (byte) => alphabet[byte % alphabet.length]).join('');
}

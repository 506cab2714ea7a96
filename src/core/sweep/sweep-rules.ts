/** What the key `sweep` of a file holds. */
export const sweepWords = 'a mapping with `matrix`, `max_parallel` and `fail_fast`';

/** More cells are a typing mistake, unless the file or the command line says that they are not. */
export const maxCells = 1000;

/** No sweep has more, whatever is said. */
export const mostCells = 1_000_000;

/** How a run may be named, wherever it is. */
export const runArgument = 'its id, the beginning of it, or its plan directory; the newest run when left out';

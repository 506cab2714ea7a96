/** How a run may be named, wherever it is. */
export const namedRunArgument = 'its id, the beginning of it, or its plan directory';

export const runArgument = `${namedRunArgument}; the newest run when left out`;

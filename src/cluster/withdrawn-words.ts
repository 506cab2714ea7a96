/** Why a job was never submitted. */
export const withdrawnWords = 'the run was cancelled before it was submitted';

/**
 * Jobs that srunx submits again where they cannot put themselves back into the queue: `token` and `job_id` are those of the newest
 * attempt. Never edited after a release: a change of the schema is a new file.
 */
export const tries = `
ALTER TABLE job ADD COLUMN tries INTEGER NOT NULL DEFAULT 1;
-- Of the first attempt, where others followed: all of them write into its log.
ALTER TABLE job ADD COLUMN first_job_id TEXT;
-- No other attempt will follow.
ALTER TABLE job ADD COLUMN tried INTEGER NOT NULL DEFAULT 0 CHECK (tried IN (0, 1));
-- It was submitted held, and a driver has let it go.
ALTER TABLE job ADD COLUMN released INTEGER NOT NULL DEFAULT 0 CHECK (released IN (0, 1));
`;

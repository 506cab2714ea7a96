/**
 * What `srunx history` needs beyond runs: words of people about jobs, and what a search looks through. Never edited after a
 * release: a change of the schema is a new file.
 */
export const history = `
CREATE TABLE note (
  run_id  TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  text    TEXT NOT NULL,
  PRIMARY KEY (run_id, ordinal),
  FOREIGN KEY (run_id, ordinal) REFERENCES job (run_id, ordinal) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE tag (
  run_id  TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  name    TEXT NOT NULL,
  PRIMARY KEY (run_id, ordinal, name),
  FOREIGN KEY (run_id, ordinal) REFERENCES job (run_id, ordinal) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX tag_by_name ON tag (name);

-- Each text once, however many jobs were submitted with it: sweeps differ in their arguments. A very long one has its beginning here.
CREATE TABLE script (
  id   INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  text TEXT NOT NULL
) STRICT;

-- The script and its arguments as one would type them.
ALTER TABLE job ADD COLUMN command TEXT;
ALTER TABLE job ADD COLUMN comment TEXT;
-- NULL: not read yet from the plan directory.
ALTER TABLE job ADD COLUMN script_id INTEGER REFERENCES script (id);
CREATE INDEX job_unread ON job (run_id) WHERE script_id IS NULL;
CREATE INDEX job_of_script ON job (script_id) WHERE script_id IS NOT NULL;

CREATE INDEX run_of_cluster ON run (cluster_id, created_at);
UPDATE job SET command = (SELECT source FROM run WHERE run.id = job.run_id AND run.kind = 'job');
`;

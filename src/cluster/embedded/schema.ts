/** The number of the schema below; a change of it needs a migration from every released one. */
export const schemaVersion = 1;

export const schema = `
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Never changes after its insertion, but for \`open\`.
CREATE TABLE job (
  id           INTEGER PRIMARY KEY,
  token        TEXT NOT NULL,
  submitted_at INTEGER NOT NULL, -- epoch ms
  open         INTEGER NOT NULL CHECK (open IN (0, 1)), -- not all of its tasks have ended
  spec         TEXT NOT NULL     -- JSON of JobSpec
) STRICT;
CREATE INDEX job_open ON job (id) WHERE open = 1;

-- The key to exactly-once: stays when the job is forgotten.
CREATE TABLE submission (
  token  TEXT PRIMARY KEY,
  job_id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A parent is not forgotten while a child waits for it.
CREATE TABLE dependency (
  child  INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  parent INTEGER NOT NULL,
  PRIMARY KEY (child, parent)
) STRICT, WITHOUT ROWID;
CREATE INDEX dependency_parent ON dependency (parent);

-- Environments of submissions, each once: they are large and mostly equal.
CREATE TABLE environment (
  hash      TEXT PRIMARY KEY,
  variables TEXT NOT NULL -- JSON
) STRICT, WITHOUT ROWID;

-- What only the start of a task needs.
CREATE TABLE payload (
  job_id      INTEGER PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
  script      BLOB NOT NULL,
  args        TEXT NOT NULL, -- JSON
  variables   TEXT NOT NULL, -- JSON: the job's own
  environment TEXT NOT NULL REFERENCES environment (hash)
) STRICT;
CREATE INDEX payload_environment ON payload (environment);

CREATE TABLE task (
  raw_id     INTEGER PRIMARY KEY,
  job_id     INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  task_index INTEGER,          -- NULL: the job is no array
  restarts   INTEGER NOT NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('pending', 'running', 'ended')),
  ended_at   INTEGER,          -- epoch ms
  state      TEXT NOT NULL,    -- JSON of TaskState
  version    INTEGER NOT NULL  -- the round of the runner that changed it last
) STRICT;
CREATE INDEX task_of_job ON task (job_id, task_index);
CREATE INDEX task_version ON task (version);
CREATE INDEX task_ended ON task (ended_at) WHERE kind = 'ended';

-- What clients ask of the runner, until it is carried out.
CREATE TABLE command (
  seq  INTEGER PRIMARY KEY AUTOINCREMENT,
  body TEXT NOT NULL -- JSON of Command
) STRICT;
`;

/** Never edited after a release: a change of the schema is a new file. */
export const initial = `
-- A cluster is known by its identity; targets (this machine, profiles) only point to it.
CREATE TABLE cluster (
  id   INTEGER PRIMARY KEY,
  key  TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('slurm', 'embedded')),
  name TEXT NOT NULL,
  -- When the newest snapshot was taken that has been written down (epoch ms): an older one must not overwrite it.
  observed_at INTEGER NOT NULL DEFAULT 0
) STRICT;

-- One execution of a workflow, or one job submitted by itself.
CREATE TABLE run (
  id         TEXT PRIMARY KEY,
  kind       TEXT NOT NULL CHECK (kind IN ('workflow', 'job')),
  name       TEXT NOT NULL,
  source     TEXT,
  target     TEXT NOT NULL,
  cluster_id INTEGER NOT NULL REFERENCES cluster (id),
  directory  TEXT NOT NULL,
  -- JSON, without the values of job variables: those may be secret.
  plan       TEXT NOT NULL,
  created_at INTEGER NOT NULL, -- epoch ms
  handover   TEXT NOT NULL CHECK (handover IN ('planned', 'running', 'stopped', 'done', 'refused', 'interrupted'))
) STRICT;
CREATE INDEX run_created ON run (created_at);

-- A job of a run: its submission (the token is the key to exactly-once) and what was observed last.
CREATE TABLE job (
  run_id      TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  ordinal     INTEGER NOT NULL,
  name        TEXT NOT NULL,
  token       TEXT NOT NULL UNIQUE,
  submission  TEXT NOT NULL CHECK (submission IN ('waiting', 'submitted', 'refused', 'withdrawn', 'unknown')),
  message     TEXT,
  job_id      TEXT,
  state       TEXT NOT NULL, -- the engine's word, see core/workflow/run-state.ts
  reason      TEXT,          -- why it is in that state
  observation TEXT,          -- JSON of the last JobObservation
  missing_since INTEGER,     -- epoch ms of the first look at which no source knew it any more
  final       INTEGER NOT NULL DEFAULT 0 CHECK (final IN (0, 1)),
  PRIMARY KEY (run_id, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_open ON job (run_id) WHERE final = 0;
CREATE INDEX job_by_job_id ON job (job_id) WHERE job_id IS NOT NULL;

-- One start of a job's payload; a requeue makes the next.
CREATE TABLE attempt (
  run_id     TEXT NOT NULL,
  ordinal    INTEGER NOT NULL,
  number     INTEGER NOT NULL,
  start_time INTEGER,        -- epoch seconds
  end_time   INTEGER,
  raw_state  TEXT NOT NULL,
  exit_code  INTEGER,
  exit_signal INTEGER,
  PRIMARY KEY (run_id, ordinal, number),
  FOREIGN KEY (run_id, ordinal) REFERENCES job (run_id, ordinal) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- What changed, in order: also the feed that other processes follow.
CREATE TABLE transition (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id     TEXT NOT NULL,
  ordinal    INTEGER NOT NULL,
  at         INTEGER NOT NULL, -- epoch ms
  from_state TEXT NOT NULL,
  to_state   TEXT NOT NULL,
  raw_state  TEXT,
  reason     TEXT,
  FOREIGN KEY (run_id, ordinal) REFERENCES job (run_id, ordinal) ON DELETE CASCADE
) STRICT;
CREATE INDEX transition_of_run ON transition (run_id, seq);

CREATE TABLE lease (
  name   TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  fence  INTEGER NOT NULL,
  beat   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Requests that this host may still send to a cluster: one per second, at most five saved up.
CREATE TABLE request_budget (
  cluster_id  INTEGER PRIMARY KEY REFERENCES cluster (id),
  tokens      REAL NOT NULL,
  refilled_at INTEGER NOT NULL -- epoch ms
) STRICT;
`;

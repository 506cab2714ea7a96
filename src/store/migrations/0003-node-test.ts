/** What jobs can do on a cluster's nodes, as a test job found out. Only the newest result counts. */
export const nodeTest = `
CREATE TABLE node_test (
  cluster_id INTEGER PRIMARY KEY REFERENCES cluster (id),
  tested_at  INTEGER NOT NULL, -- epoch ms
  job_id     TEXT NOT NULL,
  result     TEXT NOT NULL     -- JSON of a NodeTest
) STRICT;
`;

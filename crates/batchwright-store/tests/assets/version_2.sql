-- A database as schema version 2 made it: three runs, one with rows (not finite, too),
-- one that failed and one that was cut off, and two studies, one with a fingerprint.
-- version_2.db is made from this file, by the shell of SQLite:
--     sqlite3 version_2.db < version_2.sql
PRAGMA page_size = 1024;
PRAGMA journal_mode = wal;
CREATE TABLE runs (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    created  INTEGER NOT NULL,                -- seconds since 1970
    settings TEXT NOT NULL,                   -- JSON: [[key, value], ...]
    plan     TEXT NOT NULL,                   -- JSON
    status   TEXT NOT NULL CHECK (status IN ('running', 'done', 'failed', 'stopped')),
    reason   TEXT,                            -- why it failed
    result   TEXT                             -- JSON
);
CREATE TABLE rows (
    run_id         INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    step           INTEGER NOT NULL,
    epoch          REAL NOT NULL,
    samples        INTEGER NOT NULL,
    seconds        REAL NOT NULL,
    learning_rate  REAL NOT NULL,
    step_loss      REAL,
    train_loss     REAL NOT NULL,
    train_accuracy REAL,
    val_loss       REAL NOT NULL,
    val_accuracy   REAL,
    PRIMARY KEY (run_id, step)
) WITHOUT ROWID;
CREATE TABLE studies (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    created  INTEGER NOT NULL,
    settings TEXT NOT NULL,
    result   TEXT
);
ALTER TABLE studies ADD COLUMN workload TEXT;
ALTER TABLE studies ADD COLUMN question TEXT;
CREATE INDEX studies_by_workload ON studies (workload);
PRAGMA user_version = 2;
INSERT INTO runs (name, created, settings, plan, status) VALUES ('run', 1710000000, '[["model","mlp:8"],["lr","0.1"]]',
    '{"samples":100,"batch_size":10,"micro_batch_size":10,"drop_last":false,"accumulation":1,"steps_per_epoch":10,"last_batch":10,"epochs":1.0,"steps":10,"samples_seen":100}', 'done');
INSERT INTO runs (name, created, settings, plan, status, reason) VALUES ('failed-run', 1710000001, '[]',
    '{"samples":100,"batch_size":10,"micro_batch_size":10,"drop_last":false,"accumulation":1,"steps_per_epoch":10,"last_batch":10,"epochs":1.0,"steps":10,"samples_seen":100}', 'failed', 'no space left');
INSERT INTO runs (name, created, settings, plan, status) VALUES ('cut-off', 1710000002, '[]',
    '{"samples":100,"batch_size":10,"micro_batch_size":10,"drop_last":false,"accumulation":1,"steps_per_epoch":10,"last_batch":10,"epochs":1.0,"steps":10,"samples_seen":100}', 'running');
INSERT INTO rows VALUES (1, 0, 0.0, 0, 0.0, 0.1, NULL, 2.5, 0.125, 2.75, 0.25);
INSERT INTO rows VALUES (1, 5, 0.5, 50, 0.0625, 0.1, 1e999, 'NaN', NULL, -1e999, NULL);
INSERT INTO studies (name, created, settings, workload, question) VALUES ('study', 1710000003, '[["target","auto"]]', 'w', 'q');
INSERT INTO studies (name, created, settings) VALUES ('older', 1710000004, '[]');

-- A database as schema version 1 made it, with one run and one study that was cut off.
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
PRAGMA user_version = 1;
INSERT INTO runs (name, created, settings, plan, status) VALUES ('old-run', 1700000000, '[["model","mlp:8"]]',
    '{"samples":100,"batch_size":10,"micro_batch_size":10,"drop_last":false,"accumulation":1,"steps_per_epoch":10,"last_batch":10,"epochs":1.0,"steps":10,"samples_seen":100}', 'done');
INSERT INTO studies (name, created, settings) VALUES ('old-study', 1700000000, '[["model","mlp:8"]]');

-- The same for Derby and PostgreSQL. Nothing here names a person, a room or a matter: those are only in sealed records.

-- Projection of the HOLD and RELEASE records: which holds are in force. Recomputed from the records before a disposal.
CREATE TABLE retention_hold (
    hold_id    VARCHAR(96) NOT NULL PRIMARY KEY, -- record id of the HOLD record
    release_id VARCHAR(96)                       -- record id of the RELEASE record; null while the hold is in force
);

-- How many records of a bucket were destroyed, or are being destroyed; written by the transaction that decides it.
CREATE TABLE retention_disposal (
    record_class VARCHAR(64) NOT NULL,
    bucket_day   DATE        NOT NULL,
    destroyed    BIGINT      NOT NULL,
    PRIMARY KEY (record_class, bucket_day)
);

-- When the daily run ended well for the last time: one row.
CREATE TABLE retention_run (
    id       INTEGER NOT NULL PRIMARY KEY,
    ended_ms BIGINT  NOT NULL
);

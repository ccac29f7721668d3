-- The archive's tables. docs/formats.md says what protects each column.
CREATE TABLE archive_node (
  origin        VARCHAR(64) NOT NULL PRIMARY KEY,
  settled_below BIGINT      NOT NULL
);

CREATE TABLE archive_bucket (
  id           INT         NOT NULL PRIMARY KEY,
  record_class VARCHAR(64) NOT NULL,
  capture_day  VARCHAR(10) NOT NULL,
  state        SMALLINT    NOT NULL,
  first_index  BIGINT      NOT NULL,
  last_index   BIGINT      NOT NULL,
  records      BIGINT      NOT NULL,
  CONSTRAINT archive_bucket_name UNIQUE (record_class, capture_day)
);

CREATE TABLE archive_conversation (
  id        BIGINT   NOT NULL PRIMARY KEY,
  bucket_id INT      NOT NULL,
  token     ${token} NOT NULL,
  CONSTRAINT archive_conversation_token UNIQUE (bucket_id, token)
);

CREATE TABLE archive_participant (
  conversation BIGINT   NOT NULL,
  token        ${token} NOT NULL,
  PRIMARY KEY (conversation, token)
);
CREATE INDEX archive_participant_token ON archive_participant (token, conversation);

CREATE TABLE archive_record (
  leaf_index   BIGINT  NOT NULL PRIMARY KEY,
  bucket_id    INT     NOT NULL,
  conversation BIGINT  NOT NULL,
  captured_at  BIGINT  NOT NULL,
  sealed       ${blob} NOT NULL
);
CREATE INDEX archive_record_conversation ON archive_record (conversation, leaf_index);

CREATE TABLE archive_outcome_block (
  block      BIGINT NOT NULL,
  leaf_index BIGINT NOT NULL,
  PRIMARY KEY (block, leaf_index)
);

CREATE TABLE archive_destruction (
  id              BIGINT       NOT NULL PRIMARY KEY,
  bucket_id       INT          NOT NULL,
  step            SMALLINT     NOT NULL,
  schedule        VARCHAR(512) NOT NULL,
  approved_by     VARCHAR(512) NOT NULL,
  key_copies_gone VARCHAR(10)  NOT NULL,
  destroyed       ${blob}      NOT NULL,
  survivors       ${blob}      NOT NULL,
  certificate     BIGINT       NOT NULL
);

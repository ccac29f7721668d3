-- The node's signature under a decision to destroy. NULL only in rows from before this version.
ALTER TABLE archive_destruction ADD COLUMN signature VARCHAR(92);

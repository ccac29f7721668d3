-- What a move to another database came to, until the next start has recorded it; NULL otherwise.
ALTER TABLE archive_node ADD COLUMN moved VARCHAR(512);

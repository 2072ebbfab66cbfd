-- A repeated answer has the headers of the first one too, such as the version in ETag.
ALTER TABLE idempotency_keys ADD COLUMN headers text;

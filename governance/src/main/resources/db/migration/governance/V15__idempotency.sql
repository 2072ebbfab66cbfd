-- What was asked for with an idempotency key, and its answer, which only the secret of whoever
-- asked can open: an answer may hold a new secret, and secrets are nowhere.
CREATE TABLE idempotency_keys (
    caller     text        NOT NULL,
    key        text        NOT NULL,
    request    text        NOT NULL,
    status     integer,
    answer     bytea,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Budgets that change and end, limits, prepaid balances, and decisions not to bill.

-- What is removed from a compacted topic has neither a body nor a schema.
ALTER TABLE outbox
    ALTER COLUMN body DROP NOT NULL,
    ALTER COLUMN schema DROP NOT NULL,
    ADD CHECK ((body IS NULL) = (schema IS NULL));

-- A deleted budget keeps its row, because ids are never reused.
ALTER TABLE budgets
    ADD COLUMN subject_kind text CHECK (subject_kind IN ('user', 'model', 'feature')),
    ADD COLUMN subject      text,
    ADD COLUMN anchor_day   integer NOT NULL DEFAULT 1,
    ADD COLUMN deleted_at   timestamptz,
    ADD CHECK ((subject_kind IS NULL) = (subject IS NULL));

-- One row per scope that ever had limits; the version goes on counting after a deletion.
CREATE TABLE limits (
    organization_id     text    NOT NULL REFERENCES organizations,
    scope               text    NOT NULL CHECK (scope IN ('organization', 'workspace', 'api_key')),
    scope_id            text    NOT NULL,
    workspace_id        text REFERENCES workspaces,
    api_key_id          text REFERENCES api_keys,
    requests_per_minute bigint CHECK (requests_per_minute > 0),
    tokens_per_minute   bigint CHECK (tokens_per_minute > 0),
    tokens_per_day      bigint CHECK (tokens_per_day > 0),
    allowed_models      text[],
    denied_models       text[]  NOT NULL,
    updated_at          timestamptz NOT NULL,
    deleted_at          timestamptz,
    version             integer NOT NULL,
    PRIMARY KEY (organization_id, scope, scope_id)
);

CREATE TABLE wallets (
    organization_id text PRIMARY KEY REFERENCES organizations,
    currency        text             NOT NULL,
    opened_at       timestamptz      NOT NULL,
    low_balance     numeric(38,12)[] NOT NULL,
    stop_at_zero    boolean          NOT NULL,
    version         integer          NOT NULL
);

-- Append-only: a mistake is corrected by another row.
CREATE TABLE credits (
    id              text PRIMARY KEY,
    organization_id text           NOT NULL REFERENCES wallets,
    amount          numeric(38,12) NOT NULL CHECK (amount <> 0),
    currency        text           NOT NULL,
    reason          text           NOT NULL,
    corrects        text REFERENCES credits,
    created_at      timestamptz    NOT NULL,
    CHECK ((amount < 0) = (corrects IS NOT NULL))
);
CREATE INDEX credits_in_order ON credits (organization_id, created_at, id);
CREATE INDEX credits_corrected ON credits (corrects) WHERE corrects IS NOT NULL;

CREATE TABLE write_offs (
    id              text PRIMARY KEY,
    organization_id text REFERENCES organizations,
    provider        text        NOT NULL,
    model           text        NOT NULL,
    accepted_until  timestamptz NOT NULL,
    reason          text        NOT NULL,
    decided_by      text        NOT NULL,
    created_at      timestamptz NOT NULL
);
CREATE INDEX write_offs_in_order ON write_offs (created_at, id);

-- Keys that belong to somebody, rotate, expire, rest and end.

CREATE TABLE service_accounts (
    id              text PRIMARY KEY,
    organization_id text        NOT NULL,
    workspace_id    text        NOT NULL,
    name            text        NOT NULL,
    role            text CHECK (role = 'editor'),
    created_at      timestamptz NOT NULL,
    deleted_at      timestamptz,
    version         integer     NOT NULL,
    FOREIGN KEY (organization_id, workspace_id) REFERENCES workspaces (organization_id, id)
);
CREATE INDEX service_accounts_in_order ON service_accounts (workspace_id, created_at, id);

-- valid_until stays what is published: the first of expiry, rest and end.
ALTER TABLE api_keys
    ADD COLUMN service_account_id text REFERENCES service_accounts,
    ADD COLUMN user_id            text,
    ADD COLUMN created_by         text        NOT NULL DEFAULT '',
    ADD COLUMN expires_at         timestamptz,
    ADD COLUMN disabled_at        timestamptz,
    ADD COLUMN revoked_at         timestamptz,
    ADD COLUMN rotation_due_at    timestamptz,
    ADD COLUMN last_used_at       timestamptz,
    ADD COLUMN allowed_ip_ranges  text[]      NOT NULL DEFAULT '{}',
    ADD CHECK (service_account_id IS NULL OR user_id IS NULL);
CREATE INDEX api_keys_of_organization ON api_keys (organization_id, created_at, id);
CREATE INDEX api_keys_of_service_account ON api_keys (service_account_id) WHERE service_account_id IS NOT NULL;
CREATE INDEX api_keys_of_user ON api_keys (user_id) WHERE user_id IS NOT NULL;

-- A key that is rotated has two secrets for a while, and stays the same key.
CREATE TABLE api_key_secrets (
    hash        text PRIMARY KEY,
    api_key_id  text        NOT NULL REFERENCES api_keys,
    prefix      text        NOT NULL,
    last_four   text        NOT NULL,
    created_at  timestamptz NOT NULL,
    valid_until timestamptz
);
CREATE INDEX api_key_secrets_of_key ON api_key_secrets (api_key_id, created_at);
INSERT INTO api_key_secrets (hash, api_key_id, prefix, last_four, created_at, valid_until)
    SELECT hash, id, prefix, last_four, created_at, valid_until FROM api_keys;
ALTER TABLE api_keys
    DROP COLUMN hash,
    DROP COLUMN prefix,
    DROP COLUMN last_four;

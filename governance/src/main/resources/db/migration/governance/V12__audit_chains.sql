-- Audit rows that nobody can change unnoticed: append-only, each with the hash of the one before it.

-- What was written before there were chains stays as it is.
ALTER TABLE audit RENAME TO audit_unchained;

-- One chain per organization, so that its rows can be proven to it without showing anybody else's,
-- and '*' for what is no organization's. The row is the chain's end and its lock.
CREATE TABLE audit_chains (
    chain             text PRIMARY KEY,
    sequence          bigint NOT NULL,
    hash              bytea  NOT NULL,
    anchored_sequence bigint NOT NULL
);

CREATE TABLE audit (
    chain        text        NOT NULL REFERENCES audit_chains,
    sequence     bigint      NOT NULL CHECK (sequence > 0),
    at           timestamptz NOT NULL,
    type         text        NOT NULL,
    outcome      text        NOT NULL CHECK (outcome IN ('done', 'refused')),
    attempts     bigint      NOT NULL CHECK (attempts > 0),
    actor_kind   text        NOT NULL,
    actor        text        NOT NULL,
    actor_email  text,
    address      text,
    route        text,
    subject_kind text        NOT NULL,
    subject      text        NOT NULL,
    workspace_id text,
    -- JSON as it was hashed; jsonb would not keep the bytes.
    before       text,
    after        text,
    hash         bytea       NOT NULL,
    PRIMARY KEY (chain, sequence)
);
CREATE INDEX audit_by_workspace ON audit (chain, workspace_id, sequence) WHERE workspace_id IS NOT NULL;
CREATE INDEX audit_by_time ON audit (chain, at);

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit rows are only ever added, not changed or removed';
END
$$;

-- ALWAYS: also in a session that replicates.
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
ALTER TABLE audit ENABLE ALWAYS TRIGGER audit_is_append_only;
REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM PUBLIC;

CREATE TRIGGER audit_unchained_is_append_only BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON audit_unchained
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
ALTER TABLE audit_unchained ENABLE ALWAYS TRIGGER audit_unchained_is_append_only;

-- What organizations and workspaces are beside their names, what an organization may have, and how
-- they end: archived for a time, or deleted for good. Rows stay: ids are never reused, and the
-- ledger names them.

ALTER TABLE organizations
    ADD COLUMN billing_email                    text,
    ADD COLUMN finance_contacts                 text[]        NOT NULL DEFAULT '{}',
    ADD COLUMN members_create_workspaces        boolean       NOT NULL DEFAULT false,
    ADD COLUMN workspace_admins_invite_outsiders boolean      NOT NULL DEFAULT true,
    ADD COLUMN paused_from                      timestamptz[] NOT NULL DEFAULT '{}',
    ADD COLUMN paused_until                     timestamptz[] NOT NULL DEFAULT '{}',
    ADD COLUMN deleted_at                       timestamptz,
    ADD CHECK (cardinality(paused_from) = cardinality(paused_until));

ALTER TABLE workspaces
    ADD COLUMN owner                  text,
    ADD COLUMN key_owner              text,
    ADD COLUMN environment            text,
    ADD COLUMN primary_workload       text,
    ADD COLUMN expected_monthly_spend numeric(38,12) CHECK (expected_monthly_spend >= 0),
    ADD COLUMN escalation_contact     text,
    ADD COLUMN labels                 jsonb         NOT NULL DEFAULT '{}',
    ADD COLUMN is_default             boolean       NOT NULL DEFAULT false,
    ADD COLUMN paused_from            timestamptz[] NOT NULL DEFAULT '{}',
    ADD COLUMN paused_until           timestamptz[] NOT NULL DEFAULT '{}',
    ADD COLUMN deleted_at             timestamptz,
    ADD CHECK (cardinality(paused_from) = cardinality(paused_until));
CREATE UNIQUE INDEX workspaces_default ON workspaces (organization_id) WHERE is_default AND deleted_at IS NULL;

-- How much an organization may have; no row or null is no bound.
CREATE TABLE plans (
    organization_id    text PRIMARY KEY REFERENCES organizations,
    name               text    NOT NULL,
    maximum_workspaces integer CHECK (maximum_workspaces >= 0),
    maximum_members    integer CHECK (maximum_members >= 0),
    maximum_keys       integer CHECK (maximum_keys >= 0),
    updated_at         timestamptz NOT NULL,
    version            integer NOT NULL
);

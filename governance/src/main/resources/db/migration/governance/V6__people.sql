-- People, what they are in organizations and workspaces, how they come in and by which keys.
--
-- An email address is what somebody said, not proof of who somebody is: a person is who has the
-- personal key. So addresses are not unique, and whoever accepts an invite without a key of theirs
-- becomes a new person.

CREATE TABLE people (
    id         text PRIMARY KEY,
    email      text        NOT NULL,
    name       text        NOT NULL,
    created_at timestamptz NOT NULL
);

-- A membership that ends is deleted with the roles below it; the audit has what it was.
CREATE TABLE memberships (
    organization_id text        NOT NULL REFERENCES organizations,
    person_id       text        NOT NULL REFERENCES people,
    role            text        NOT NULL CHECK (role IN ('OWNER', 'ADMIN', 'BILLING', 'MEMBER', 'VIEWER')),
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, person_id)
);
CREATE INDEX memberships_of_person ON memberships (person_id);

CREATE TABLE workspace_memberships (
    organization_id text        NOT NULL,
    workspace_id    text        NOT NULL,
    person_id       text        NOT NULL,
    role            text        NOT NULL CHECK (role IN ('ADMIN', 'EDITOR', 'VIEWER')),
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, person_id),
    FOREIGN KEY (organization_id, workspace_id) REFERENCES workspaces (organization_id, id),
    FOREIGN KEY (organization_id, person_id) REFERENCES memberships ON DELETE CASCADE
);
CREATE INDEX workspace_memberships_of_person ON workspace_memberships (person_id, organization_id);

CREATE TABLE personal_keys (
    id          text PRIMARY KEY,
    person_id   text        NOT NULL REFERENCES people,
    name        text        NOT NULL,
    hash        text        NOT NULL UNIQUE,
    prefix      text        NOT NULL,
    last_four   text        NOT NULL,
    created_at  timestamptz NOT NULL,
    valid_until timestamptz,
    revoked_at  timestamptz,
    version     integer     NOT NULL
);
CREATE INDEX personal_keys_in_order ON personal_keys (person_id, created_at, id);

-- The token is in the answer that makes the invite and nowhere else.
CREATE TABLE invites (
    id              text PRIMARY KEY,
    organization_id text        NOT NULL REFERENCES organizations,
    email           text        NOT NULL,
    role            text        NOT NULL CHECK (role IN ('OWNER', 'ADMIN', 'BILLING', 'MEMBER', 'VIEWER')),
    workspaces      text[]      NOT NULL,
    workspace_roles text[]      NOT NULL,
    token_hash      text        NOT NULL UNIQUE,
    invited_by      text        NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    accepted_at     timestamptz,
    accepted_by     text REFERENCES people,
    revoked_at      timestamptz,
    CHECK (cardinality(workspaces) = cardinality(workspace_roles))
);
CREATE INDEX invites_in_order ON invites (organization_id, created_at, id);

ALTER TABLE admin_keys
    ADD COLUMN created_by text NOT NULL DEFAULT '',
    ADD COLUMN revoked_at timestamptz;
ALTER TABLE admin_keys ALTER COLUMN created_by DROP DEFAULT;
CREATE INDEX admin_keys_by_creator ON admin_keys (organization_id, created_by);

-- What the operator may see of a tenant, why, and until when.
CREATE TABLE operator_grants (
    id              text PRIMARY KEY,
    operator_id     text        NOT NULL REFERENCES operator_keys,
    organization_id text        NOT NULL REFERENCES organizations,
    permissions     text[]      NOT NULL,
    reason          text        NOT NULL,
    created_at      timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    revoked_at      timestamptz
);
CREATE INDEX operator_grants_in_order ON operator_grants (organization_id, created_at, id);

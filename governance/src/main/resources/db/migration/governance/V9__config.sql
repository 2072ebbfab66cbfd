-- The sections of configuration documents that nothing here reads. A row for each version; limits,
-- models and budgets of a document are the rows of limits and budgets and nowhere else.

CREATE TABLE config_versions (
    organization_id text        NOT NULL REFERENCES organizations,
    scope_id        text        NOT NULL,
    workspace_id    text REFERENCES workspaces,
    version         integer     NOT NULL,
    sections        jsonb       NOT NULL,
    made_at         timestamptz NOT NULL,
    made_by         text        NOT NULL,
    PRIMARY KEY (organization_id, scope_id, version),
    CHECK (scope_id = coalesce(workspace_id, organization_id))
);

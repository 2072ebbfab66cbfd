-- Ids are text that matches [A-Za-z0-9_-]{1,64}, are unique per table for good and never reused:
-- nothing is deleted, an end is set instead.

CREATE TABLE organizations (
    id          text PRIMARY KEY,
    name        text        NOT NULL,
    time_zone   text        NOT NULL,
    currency    text        NOT NULL,
    created_at  timestamptz NOT NULL,
    archived_at timestamptz,
    version     integer     NOT NULL
);
CREATE INDEX organizations_in_order ON organizations (created_at, id);

CREATE TABLE workspaces (
    id              text PRIMARY KEY,
    organization_id text        NOT NULL REFERENCES organizations,
    name            text        NOT NULL,
    created_at      timestamptz NOT NULL,
    archived_at     timestamptz,
    version         integer     NOT NULL,
    UNIQUE (organization_id, id)
);
CREATE INDEX workspaces_in_order ON workspaces (organization_id, created_at, id);

-- Secrets are nowhere: a hash, the prefix and the last four characters.
CREATE TABLE operator_keys (
    id          text PRIMARY KEY,
    hash        text        NOT NULL UNIQUE,
    prefix      text        NOT NULL,
    last_four   text        NOT NULL,
    created_at  timestamptz NOT NULL,
    valid_until timestamptz,
    version     integer     NOT NULL
);

CREATE TABLE admin_keys (
    id              text PRIMARY KEY,
    organization_id text        NOT NULL REFERENCES organizations,
    name            text        NOT NULL,
    hash            text        NOT NULL UNIQUE,
    prefix          text        NOT NULL,
    last_four       text        NOT NULL,
    created_at      timestamptz NOT NULL,
    valid_until     timestamptz,
    version         integer     NOT NULL
);
CREATE INDEX admin_keys_in_order ON admin_keys (organization_id, created_at, id);

CREATE TABLE api_keys (
    id              text PRIMARY KEY,
    organization_id text        NOT NULL,
    workspace_id    text        NOT NULL,
    name            text        NOT NULL,
    hash            text        NOT NULL UNIQUE,
    prefix          text        NOT NULL,
    last_four       text        NOT NULL,
    scopes          text[]      NOT NULL,
    created_at      timestamptz NOT NULL,
    valid_until     timestamptz,
    version         integer     NOT NULL,
    FOREIGN KEY (organization_id, workspace_id) REFERENCES workspaces (organization_id, id)
);
CREATE INDEX api_keys_in_order ON api_keys (workspace_id, created_at, id);

CREATE TABLE budgets (
    id              text PRIMARY KEY,
    organization_id text           NOT NULL REFERENCES organizations,
    workspace_id    text REFERENCES workspaces,
    api_key_id      text REFERENCES api_keys,
    name            text           NOT NULL,
    amount          numeric(38,12) NOT NULL CHECK (amount > 0),
    currency        text           NOT NULL,
    period          text           NOT NULL,
    thresholds      numeric(9,6)[] NOT NULL,
    hard            boolean        NOT NULL,
    created_at      timestamptz    NOT NULL,
    version         integer        NOT NULL,
    CHECK (api_key_id IS NULL OR workspace_id IS NOT NULL)
);
CREATE INDEX budgets_in_order ON budgets (organization_id, created_at, id);

-- Append-only: a version and its rates never change once published.
CREATE TABLE price_books (
    id              text PRIMARY KEY,
    currency        text        NOT NULL,
    organization_id text REFERENCES organizations,
    created_at      timestamptz NOT NULL
);
CREATE INDEX price_books_in_order ON price_books (created_at, id);

CREATE TABLE price_versions (
    price_book_id  text        NOT NULL REFERENCES price_books,
    version        integer     NOT NULL,
    effective_from timestamptz NOT NULL,
    published_at   timestamptz NOT NULL,
    rates          integer     NOT NULL,
    digest         text        NOT NULL,
    PRIMARY KEY (price_book_id, version)
);

CREATE TABLE price_rates (
    price_book_id text          NOT NULL,
    version       integer       NOT NULL,
    position      integer       NOT NULL,
    provider      text          NOT NULL,
    model         text          NOT NULL,
    service_tier  text          NOT NULL,
    context_over  bigint,
    meter         text          NOT NULL,
    rate          numeric(38,6) NOT NULL CHECK (rate >= 0),
    PRIMARY KEY (price_book_id, version, position),
    FOREIGN KEY (price_book_id, version) REFERENCES price_versions,
    UNIQUE NULLS NOT DISTINCT (price_book_id, version, provider, model, service_tier, context_over, meter)
);

CREATE TABLE backfills (
    id        text PRIMARY KEY,
    source    text        NOT NULL UNIQUE,
    from_time timestamptz NOT NULL,
    to_time   timestamptz NOT NULL CHECK (to_time > from_time),
    opened_at timestamptz NOT NULL,
    closes_at timestamptz NOT NULL,
    version   integer     NOT NULL
);

-- What must still reach Kafka. Rows are written under an advisory lock that is held until the
-- transaction has committed, so that ids become visible in order and none appears below one that
-- was relayed already. The body is Avro, its schema is kept with it, so that a row written
-- before an upgrade can be relayed after it.
CREATE TABLE outbox (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic        text        NOT NULL,
    key          text        NOT NULL,
    body         bytea       NOT NULL,
    schema       text        NOT NULL,
    written_at   timestamptz NOT NULL,
    published_at timestamptz
);
CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_at IS NULL;
CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL;

CREATE TABLE audit (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              timestamptz NOT NULL,
    who             text        NOT NULL,
    what            text        NOT NULL,
    subject         text        NOT NULL,
    organization_id text
);

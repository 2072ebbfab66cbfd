-- Where alerts are sent, what is to be sent there, and how it went.

-- A deleted channel keeps its row, because ids are never reused. Signing needs the secret itself, not
-- its hash; it is the receiver's to verify with, and opens nothing here.
CREATE TABLE alert_channels (
    id                    text PRIMARY KEY,
    organization_id       text        NOT NULL REFERENCES organizations,
    workspace_id          text REFERENCES workspaces,
    name                  text        NOT NULL,
    kind                  text        NOT NULL CHECK (kind IN ('webhook')),
    url                   text        NOT NULL,
    enabled               boolean     NOT NULL,
    budget_ids            text[]      NOT NULL,
    threshold_from        numeric(9,6) CHECK (threshold_from > 0),
    only_workspace_id     text REFERENCES workspaces,
    secret                text        NOT NULL,
    previous_secret       text,
    previous_secret_until timestamptz,
    created_at            timestamptz NOT NULL,
    deleted_at            timestamptz,
    version               integer     NOT NULL,
    CHECK ((previous_secret IS NULL) = (previous_secret_until IS NULL)),
    CHECK (workspace_id IS NULL OR only_workspace_id IS NULL)
);
CREATE INDEX alert_channels_in_order ON alert_channels (organization_id, created_at, id);

-- One row per channel and webhook id, which comes from the alert's id and whether it was raised or
-- retracted. Whoever has the lease works on it; a lease that is over may be taken by another.
CREATE TABLE alert_deliveries (
    id              text PRIMARY KEY,
    channel_id      text        NOT NULL REFERENCES alert_channels,
    organization_id text        NOT NULL,
    webhook_id      text        NOT NULL,
    type            text        NOT NULL,
    alert_id        text,
    body            bytea       NOT NULL,
    state           text        NOT NULL CHECK (state IN ('pending', 'delivered', 'failed', 'cancelled')),
    created_at      timestamptz NOT NULL,
    next_attempt_at timestamptz NOT NULL,
    give_up_at      timestamptz NOT NULL,
    attempts        integer     NOT NULL,
    round_attempts  integer     NOT NULL,
    lease           text,
    lease_until     timestamptz,
    last_error      text,
    finished_at     timestamptz,
    UNIQUE (channel_id, webhook_id),
    CHECK ((lease IS NULL) = (lease_until IS NULL)),
    CHECK ((state = 'pending') = (finished_at IS NULL))
);
CREATE INDEX alert_deliveries_due ON alert_deliveries (channel_id, next_attempt_at, id) WHERE state = 'pending';
CREATE INDEX alert_deliveries_in_order ON alert_deliveries (channel_id, created_at, id);
CREATE INDEX alert_deliveries_finished ON alert_deliveries (finished_at) WHERE state <> 'pending';

CREATE TABLE alert_attempts (
    delivery_id text        NOT NULL REFERENCES alert_deliveries ON DELETE CASCADE,
    number      integer     NOT NULL,
    at          timestamptz NOT NULL,
    took_ms     bigint,
    outcome     text        NOT NULL,
    status      integer,
    error       text,
    first_bytes text,
    PRIMARY KEY (delivery_id, number)
);

-- How far budget.alerts is taken over, moved in the transaction that writes the deliveries.
CREATE TABLE alert_offsets (
    partition   integer PRIMARY KEY,
    next_offset bigint NOT NULL
);

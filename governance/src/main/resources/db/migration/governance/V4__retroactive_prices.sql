-- Prices for a past that had prices: a decision of its own, with its reason, and the decision to
-- correct what they change.

ALTER TABLE price_versions ADD COLUMN retroactive_reason text;

CREATE TABLE re_rates (
    id              text PRIMARY KEY,
    organization_id text        NOT NULL REFERENCES organizations,
    from_time       timestamptz NOT NULL,
    to_time         timestamptz NOT NULL CHECK (to_time > from_time),
    price_book_id   text        NOT NULL,
    price_version   integer     NOT NULL,
    reason          text        NOT NULL,
    decided_by      text        NOT NULL,
    created_at      timestamptz NOT NULL,
    FOREIGN KEY (price_book_id, price_version) REFERENCES price_versions
);
CREATE INDEX re_rates_in_order ON re_rates (created_at, id);

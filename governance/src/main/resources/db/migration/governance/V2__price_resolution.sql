-- Plans, aliases, and what a version's author said besides the rates it came to.

ALTER TABLE price_books
    ADD COLUMN plan boolean NOT NULL DEFAULT false,
    ADD CHECK (organization_id IS NULL OR NOT plan);

ALTER TABLE price_versions
    ADD COLUMN aliases integer NOT NULL DEFAULT 0,
    ADD COLUMN follows_plan text REFERENCES price_books,
    -- meter_fallbacks, service_tier_fallbacks and derived_from, to be shown; resolved into the rates.
    ADD COLUMN resolved_from jsonb NOT NULL DEFAULT '{}';

CREATE TABLE price_aliases (
    price_book_id text    NOT NULL,
    version       integer NOT NULL,
    position      integer NOT NULL,
    provider      text    NOT NULL,
    alias         text    NOT NULL,
    model         text    NOT NULL,
    PRIMARY KEY (price_book_id, version, position),
    FOREIGN KEY (price_book_id, version) REFERENCES price_versions,
    UNIQUE (price_book_id, version, provider, alias)
);

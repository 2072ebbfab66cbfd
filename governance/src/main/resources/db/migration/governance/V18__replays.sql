-- A record that is put on a topic again goes as it is, hence without a schema, to the partition it
-- was on, and says when it was first accepted.
ALTER TABLE outbox
    ADD COLUMN partition   integer,
    ADD COLUMN accepted_at timestamptz,
    DROP CONSTRAINT outbox_check,
    ADD CHECK (
        CASE WHEN accepted_at IS NULL THEN (body IS NULL) = (schema IS NULL)
             ELSE body IS NOT NULL AND schema IS NULL AND partition IS NOT NULL END);

-- How often a rejected event, named by its coordinates, was sent into the line again.
CREATE TABLE replays (
    id              text        PRIMARY KEY,
    organization_id text        NOT NULL,
    times           integer     NOT NULL,
    first_at        timestamptz NOT NULL,
    last_at         timestamptz NOT NULL
);

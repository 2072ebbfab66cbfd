-- Signing secrets are kept sealed by a key of the installation, which is not here. What is in clear
-- now is sealed by the next start, which has that key, and clear_secret is then empty for good. A
-- deleted channel signs nothing more, so nothing of its secrets is kept.
ALTER TABLE alert_channels RENAME COLUMN secret TO clear_secret;
ALTER TABLE alert_channels RENAME COLUMN previous_secret TO clear_previous_secret;
ALTER TABLE alert_channels ALTER COLUMN clear_secret DROP NOT NULL;
ALTER TABLE alert_channels ADD COLUMN sealed_secret text;
ALTER TABLE alert_channels ADD COLUMN sealed_previous_secret text;
ALTER TABLE alert_channels DROP CONSTRAINT alert_channels_check;
UPDATE alert_channels SET clear_secret = NULL, clear_previous_secret = NULL, previous_secret_until = NULL
    WHERE deleted_at IS NOT NULL;
ALTER TABLE alert_channels ADD CONSTRAINT one_secret
    CHECK (num_nonnulls(clear_secret, sealed_secret) = CASE WHEN deleted_at IS NULL THEN 1 ELSE 0 END);
ALTER TABLE alert_channels ADD CONSTRAINT previous_secret_ends
    CHECK (num_nonnulls(clear_previous_secret, sealed_previous_secret) = num_nonnulls(previous_secret_until));

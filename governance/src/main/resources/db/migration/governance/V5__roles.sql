-- Roles: of admin keys, and whether the operator owns the organizations as well.

ALTER TABLE operator_keys ADD COLUMN owns_organizations boolean NOT NULL DEFAULT false;

-- Admin keys from before there were roles could do everything.
ALTER TABLE admin_keys
    ADD COLUMN role text NOT NULL DEFAULT 'OWNER'
        CHECK (role IN ('OWNER', 'ADMIN', 'BILLING', 'MEMBER', 'VIEWER'));
ALTER TABLE admin_keys ALTER COLUMN role DROP DEFAULT;

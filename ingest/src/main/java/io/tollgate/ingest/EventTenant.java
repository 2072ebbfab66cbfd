package io.tollgate.ingest;

import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;

/** Whose events a request brings: what its API key says, whatever the body says. */
record EventTenant(OrganizationId organization, WorkspaceId workspace, ApiKeyId key) {}

package io.tollgate.schemas;

import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.Limit;
import io.tollgate.schemas.avro.LimitState;
import io.tollgate.schemas.avro.ScopeKind;
import io.tollgate.schemas.avro.SubjectKind;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a limit or a limit state is of: a scope, or a user, model or feature inside one. Its text is
 * the record key of governance.limits and limits.state: {@code organization/kind/id}, and for a
 * subject {@code /subject_kind/subject} after it. Ids hold no slash; a subject, which comes last,
 * may.
 *
 * @param id of the organization, workspace or API key
 * @param subjectKind null for the scope itself
 */
public record LimitKey(
    String organizationId,
    ScopeKind kind,
    String id,
    @Nullable SubjectKind subjectKind,
    @Nullable String subject) {
  public LimitKey {
    Objects.requireNonNull(organizationId, "organizationId");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(id, "id");
    if ((subjectKind == null) != (subject == null)) {
      throw new IllegalArgumentException("a subject must have a kind, and a kind a subject");
    }
  }

  public static LimitKey organization(String organizationId) {
    return scope(organizationId, ScopeKind.ORGANIZATION, organizationId);
  }

  public static LimitKey workspace(String organizationId, String workspaceId) {
    return scope(organizationId, ScopeKind.WORKSPACE, workspaceId);
  }

  public static LimitKey apiKey(String organizationId, String apiKeyId) {
    return scope(organizationId, ScopeKind.API_KEY, apiKeyId);
  }

  public static LimitKey scope(String organizationId, ScopeKind kind, String id) {
    return new LimitKey(organizationId, kind, id, null, null);
  }

  public static LimitKey of(Limit limit) {
    return of(
        limit.getOrganizationId(),
        limit.getScope(),
        limit.getWorkspaceId(),
        limit.getApiKeyId(),
        null,
        null);
  }

  public static LimitKey of(Budget budget) {
    return of(
        budget.getOrganizationId(),
        budget.getScope(),
        budget.getWorkspaceId(),
        budget.getApiKeyId(),
        budget.getSubjectKind(),
        budget.getSubject());
  }

  public static LimitKey of(LimitState state) {
    return of(
        state.getOrganizationId(),
        state.getScope(),
        state.getWorkspaceId(),
        state.getApiKeyId(),
        state.getSubjectKind(),
        state.getSubject());
  }

  private static LimitKey of(
      String organizationId,
      ScopeKind kind,
      @Nullable String workspaceId,
      @Nullable String apiKeyId,
      @Nullable SubjectKind subjectKind,
      @Nullable String subject) {
    String id =
        switch (kind) {
          case ORGANIZATION -> organizationId;
          case WORKSPACE -> Objects.requireNonNull(workspaceId, "workspace_id");
          case API_KEY -> Objects.requireNonNull(apiKeyId, "api_key_id");
        };
    return new LimitKey(organizationId, kind, id, subjectKind, subject);
  }

  /** The record key. */
  public String text() {
    String scope = organizationId + '/' + kind.name().toLowerCase(Locale.ROOT) + '/' + id;
    return subjectKind == null
        ? scope
        : scope + '/' + subjectKind.name().toLowerCase(Locale.ROOT) + '/' + subject;
  }

  /** The key with that text, as {@link #text} gives it. */
  public static LimitKey parse(String text) {
    String[] parts = text.split("/", 5);
    if (parts.length != 3 && parts.length != 5) {
      throw new InvalidInput(
          "key", text, "must be organization/kind/id or organization/kind/id/subject_kind/subject");
    }
    ScopeKind kind = ScopeKind.valueOf(parts[1].toUpperCase(Locale.ROOT));
    return parts.length == 3
        ? scope(parts[0], kind, parts[2])
        : new LimitKey(
            parts[0],
            kind,
            parts[2],
            SubjectKind.valueOf(parts[3].toUpperCase(Locale.ROOT)),
            parts[4]);
  }
}

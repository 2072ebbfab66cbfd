package io.tollgate.streams;

import io.tollgate.schemas.LimitKey;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.Limit;
import io.tollgate.schemas.avro.ScopeKind;
import io.tollgate.schemas.avro.SubjectKind;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a tally sums and a budget limits: a node of the tenancy tree, or a user, model or feature
 * inside one.
 */
record Scope(String organizationId, ScopeKind kind, String id, @Nullable Subject subject) {
  /** Every event is added to several scopes; what a record does by itself takes thrice as long. */
  @Override
  public int hashCode() {
    int hash = 31 * (31 * id.hashCode() + kind.ordinal()) + organizationId.hashCode();
    return subject == null ? hash : 31 * hash + subject.hashCode();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Scope scope
        && kind == scope.kind
        && id.equals(scope.id)
        && organizationId.equals(scope.organizationId)
        && Objects.equals(subject, scope.subject);
  }

  static Scope organization(String organizationId) {
    return new Scope(organizationId, ScopeKind.ORGANIZATION, organizationId, null);
  }

  static Scope workspace(String organizationId, String workspaceId) {
    return new Scope(organizationId, ScopeKind.WORKSPACE, workspaceId, null);
  }

  static Scope apiKey(String organizationId, String apiKeyId) {
    return new Scope(organizationId, ScopeKind.API_KEY, apiKeyId, null);
  }

  /** Whether it is a user in a node. */
  boolean isUser() {
    return subject != null && subject.kind() == SubjectKind.USER;
  }

  /** A subject inside this node. */
  Scope inside(Subject inside) {
    return new Scope(organizationId, kind, id, inside);
  }

  static Scope of(Limit limit) {
    return of(LimitKey.of(limit));
  }

  static Scope of(LimitKey key) {
    Scope node = new Scope(key.organizationId(), key.kind(), key.id(), null);
    return key.subjectKind() == null || key.subject() == null
        ? node
        : node.inside(new Subject(key.subjectKind(), key.subject()));
  }

  /** Its name in limits.state. */
  LimitKey limitKey() {
    return new LimitKey(
        organizationId,
        kind,
        id,
        subject == null ? null : subject.kind(),
        subject == null ? null : subject.value());
  }

  static Scope of(Budget budget) {
    String organizationId = budget.getOrganizationId();
    Scope node =
        switch (budget.getScope()) {
          case ORGANIZATION -> organization(organizationId);
          case WORKSPACE ->
              workspace(organizationId, Objects.requireNonNull(budget.getWorkspaceId()));
          case API_KEY -> apiKey(organizationId, Objects.requireNonNull(budget.getApiKeyId()));
        };
    return budget.getSubjectKind() == null
        ? node
        : node.inside(
            new Subject(budget.getSubjectKind(), Objects.requireNonNull(budget.getSubject())));
  }
}

package io.tollgate.streams;

import java.util.Objects;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * What one sum is of: a scope, from a quarter-hour on. A user's sums are kept by key, as those of
 * the user in the organization; all others by their scope.
 *
 * @param workspaceId of a user's key; null for others
 * @param apiKeyId of a user's key; null for others
 */
record Cell(Scope scope, @Nullable String workspaceId, @Nullable String apiKeyId, int quarterHour) {
  Cell {
    if (scope.isUser() != (workspaceId != null) || scope.isUser() != (apiKeyId != null)) {
      throw new IllegalArgumentException("a user's sums are kept by key: " + scope);
    }
  }

  static Cell of(Scope scope, int quarterHour) {
    return new Cell(scope, null, null, quarterHour);
  }

  /** The same from another quarter-hour on. */
  Cell at(int otherQuarterHour) {
    return otherQuarterHour == quarterHour
        ? this
        : new Cell(scope, workspaceId, apiKeyId, otherQuarterHour);
  }

  Bytes key() {
    TallyBytes bytes = new TallyBytes(96);
    TallyKey.write(this, bytes);
    return Bytes.wrap(bytes.toByteArray());
  }

  byte[] prefix() {
    TallyBytes bytes = new TallyBytes(96);
    TallyKey.writePrefix(this, bytes);
    return bytes.toByteArray();
  }

  /** Whether it counts for a scope, if what it is of is that scope's (see {@link #index}). */
  boolean countsFor(Scope asked) {
    return switch (asked.kind()) {
      case ORGANIZATION -> true;
      case WORKSPACE -> workspaceId == null || asked.id().equals(workspaceId);
      case API_KEY -> apiKeyId == null || asked.id().equals(apiKeyId);
    };
  }

  /** The scope that a scope's cells are found by. */
  static Scope index(Scope scope) {
    Subject subject = scope.subject();
    return subject != null && scope.isUser()
        ? Scope.organization(scope.organizationId()).inside(subject)
        : scope;
  }

  @Override
  public int hashCode() {
    int hash = 31 * scope.hashCode() + quarterHour;
    return apiKeyId == null ? hash : 31 * hash + apiKeyId.hashCode();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Cell cell
        && quarterHour == cell.quarterHour
        && scope.equals(cell.scope)
        && Objects.equals(apiKeyId, cell.apiKeyId)
        && Objects.equals(workspaceId, cell.workspaceId);
  }
}

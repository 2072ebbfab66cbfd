package io.tollgate.schemas;

/**
 * Names a workspace of an organization (OpenAI's dialect calls it a project). Stable, never reused,
 * not a secret; matches {@code [A-Za-z0-9_-]{1,64}}.
 */
public record WorkspaceId(String value) implements Comparable<WorkspaceId> {
  public WorkspaceId {
    Ids.check("workspace_id", value);
  }

  @Override
  public int compareTo(WorkspaceId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}

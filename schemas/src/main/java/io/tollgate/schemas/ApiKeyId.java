package io.tollgate.schemas;

/**
 * Names an API key; its secret is something else. Stable, never reused, not a secret; matches
 * {@code [A-Za-z0-9_-]{1,64}}.
 */
public record ApiKeyId(String value) implements Comparable<ApiKeyId> {
  public ApiKeyId {
    Ids.check("api_key_id", value);
  }

  @Override
  public int compareTo(ApiKeyId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}

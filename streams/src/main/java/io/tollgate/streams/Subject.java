package io.tollgate.streams;

import io.tollgate.schemas.avro.SubjectKind;
import java.util.Objects;

/** A user, model or feature inside a node of the tenancy tree. */
record Subject(SubjectKind kind, String value) {
  Subject {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(value, "value");
  }

  /** As of {@link Scope}. */
  @Override
  public int hashCode() {
    return 31 * value.hashCode() + kind.ordinal();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Subject subject && kind == subject.kind && value.equals(subject.value);
  }
}

package io.tollgate.streams;

import io.tollgate.schemas.avro.SubjectKind;
import java.util.Objects;

/** A user, model or feature inside a node of the tenancy tree. */
record Subject(SubjectKind kind, String value) {
  Subject {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(value, "value");
  }
}

package io.tollgate.ingest;

import io.tollgate.schemas.InvalidInput;
import java.util.OptionalInt;

/**
 * A body of {@code POST /v1/events} that breaks a rule. The whole body is refused and nothing of it
 * was published; the same body will be refused again.
 */
final class RefusedBody extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int NO_INDEX = -1;

  /** What kind of rule was broken, and so the status. */
  enum Kind {
    /** Not JSON, or a field that nobody knows. */
    MALFORMED(400),
    /** Somebody else's organization, workspace or key. */
    FOREIGN(403),
    TOO_LARGE(413),
    MEDIA_TYPE(415),
    /** Well-formed, but a value breaks a rule. */
    INVALID(422);

    private final int status;

    Kind(int status) {
      this.status = status;
    }

    int status() {
      return status;
    }
  }

  private final Kind kind;
  private final InvalidInput broken;
  private final int index;

  private RefusedBody(Kind kind, InvalidInput broken, int index) {
    super(
        (index == NO_INDEX ? "" : "event " + index + ": ") + broken.getMessage(),
        broken,
        false,
        false);
    this.kind = kind;
    this.broken = broken;
    this.index = index;
  }

  static RefusedBody of(Kind kind, String field, Object value, String rule) {
    return new RefusedBody(kind, new InvalidInput(field, value, rule), NO_INDEX);
  }

  /** The same, about the event at this place of a batch. */
  RefusedBody at(int place) {
    return new RefusedBody(kind, broken, place);
  }

  Kind kind() {
    return kind;
  }

  /** For a person, with what became of the body. */
  String detail() {
    return getMessage() + "; nothing of the body was published";
  }

  String field() {
    return broken.field();
  }

  String value() {
    return broken.value();
  }

  String rule() {
    return broken.rule();
  }

  /**
   * Which event of a batch, from 0; empty for a single event and for what concerns the whole body.
   */
  OptionalInt index() {
    return index == NO_INDEX ? OptionalInt.empty() : OptionalInt.of(index);
  }
}

package io.tollgate.app.chaos;

/** The line did not do within its bound what it always must: go on. */
final class LineStuck extends RuntimeException {
  private static final long serialVersionUID = 1L;

  LineStuck(String message) {
    super(message);
  }
}

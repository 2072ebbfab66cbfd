package io.tollgate.schemas;

/**
 * Bytes that are not a record of ours: the sender's fault, the same bytes will be refused again.
 */
public final class MalformedRecord extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public MalformedRecord(String message) {
    super(message);
  }

  public MalformedRecord(String message, Throwable cause) {
    super(message, cause);
  }
}

package io.tollgate.schemas;

/**
 * The registry refuses a schema because records of earlier versions could not be read with it: ours
 * to mend.
 */
public final class IncompatibleSchema extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public IncompatibleSchema(String message) {
    super(message);
  }

  public IncompatibleSchema(String message, Throwable cause) {
    super(message, cause);
  }
}

package io.tollgate.app.stack;

/**
 * The stack is not there, does not start or does not answer, or what it needs is in use; one line
 * that says what to do.
 */
public final class StackProblem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public StackProblem(String message) {
    super(message);
  }

  public StackProblem(String message, Throwable cause) {
    super(message, cause);
  }
}

package io.tollgate.app;

/**
 * The stack is not there, does not start or does not answer, or what it needs is in use; one line
 * that says what to do.
 */
final class StackProblem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StackProblem(String message) {
    super(message);
  }

  StackProblem(String message, Throwable cause) {
    super(message, cause);
  }
}

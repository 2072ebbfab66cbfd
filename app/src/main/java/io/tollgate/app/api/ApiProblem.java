package io.tollgate.app.api;

/** The server answered with an error; the message is the server's own line. */
public final class ApiProblem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;

  ApiProblem(int status, String message) {
    super(message);
    this.status = status;
  }

  public int status() {
    return status;
  }

  /** Whether asking differently would help, rather than asking later. */
  public boolean isCallers() {
    return status >= 400 && status < 500;
  }
}

package io.tollgate.app;

/** What a command's exit status says; the texts stand in {@code --help}. */
final class ExitCode {
  static final int OK = 0;

  /** The work was done, and its result is not good: the books do not balance, or totals differ. */
  static final int NOT_GOOD = 1;

  /** The caller's: a wrong command line, file or value. */
  static final int WRONG_INPUT = 2;

  /** The stack's: not running, does not start or answer, its folder or port is in use. */
  static final int STACK = 3;

  /** Ours. */
  static final int BUG = 70;

  private ExitCode() {}
}

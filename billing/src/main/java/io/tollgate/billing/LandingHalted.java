package io.tollgate.billing;

/**
 * Landing met something that repeating cannot mend and going on would falsify: a gap in the log, a
 * planned range that reads differently now, a record that is not a rated usage. Ours or the
 * operator's to mend; nothing was landed past the point it names.
 */
final class LandingHalted extends RuntimeException {
  private static final long serialVersionUID = 1L;

  LandingHalted(String message) {
    super(message);
  }

  LandingHalted(String message, Throwable cause) {
    super(message, cause);
  }
}

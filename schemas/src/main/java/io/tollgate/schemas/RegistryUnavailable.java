package io.tollgate.schemas;

/**
 * The schema registry did not answer, or not sensibly, within the bound: the infrastructure's
 * fault, try again later.
 */
public final class RegistryUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public RegistryUnavailable(String message) {
    super(message);
  }

  public RegistryUnavailable(String message, Throwable cause) {
    super(message, cause);
  }
}

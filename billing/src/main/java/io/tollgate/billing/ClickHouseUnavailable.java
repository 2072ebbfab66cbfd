package io.tollgate.billing;

/**
 * ClickHouse did not do what was asked; what it did is not known. The infrastructure's fault; try
 * again later.
 */
public final class ClickHouseUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ClickHouseUnavailable(String message, Throwable cause) {
    super(message, cause);
  }
}

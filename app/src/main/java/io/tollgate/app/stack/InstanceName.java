package io.tollgate.app.stack;

import io.tollgate.schemas.InvalidInput;

/**
 * Tells apart several processes that run the same role on one data folder. Kept over restarts: by
 * it a restarted streams instance takes up its partitions and its state at once.
 */
public record InstanceName(String value) {
  /** The only one, unless told. */
  public static final InstanceName FIRST = new InstanceName("0");

  public InstanceName {
    InvalidInput.unless(
        value.matches("[A-Za-z0-9_-]{1,32}"),
        "--instance",
        value,
        "must match [A-Za-z0-9_-]{1,32}");
  }
}

package io.tollgate.app.prices;

import java.util.Objects;

/**
 * One thing of a price file that was not taken over as it stands there.
 *
 * @param model provider and model, or {@code *} for something that holds for the whole file
 * @param field where it stands in the file
 * @param value as it stands there, cut to 200 characters
 * @param reason why, in a sentence
 */
public record NotImported(String model, String field, String value, String reason) {
  private static final int LONGEST = 200;

  public NotImported {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(field, "field");
    Objects.requireNonNull(reason, "reason");
    value = value.length() <= LONGEST ? value : value.substring(0, LONGEST) + "…";
  }

  /** One line. */
  @Override
  public String toString() {
    return model + ": " + field + " = " + value + ": " + reason;
  }
}

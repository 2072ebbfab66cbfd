package io.tollgate.app.stack;

import io.tollgate.schemas.InvalidInput;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The parts of the line that a process can run. */
public enum RoleName {
  GOVERNANCE,
  INGEST,
  STREAMS,
  LANDING,
  BILLING;

  /** As {@code --roles} takes it. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * @throws InvalidInput naming the text that is no role
   */
  public static RoleName of(String text) {
    return Arrays.stream(values())
        .filter(role -> role.wireName().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidInput(
                    "--roles",
                    text,
                    "must be of "
                        + String.join(
                            ", ", List.of(values()).stream().map(RoleName::wireName).toList())));
  }
}

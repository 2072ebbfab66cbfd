package io.tollgate.schemas;

import java.util.Locale;
import java.util.Optional;

/** At which speed and price class the provider served a request. */
public enum ServiceTier {
  STANDARD,
  BATCH,
  FLEX,
  PRIORITY;

  private final String wireName = name().toLowerCase(Locale.ROOT);

  public String wireName() {
    return wireName;
  }

  public static Optional<ServiceTier> find(String wireName) {
    return switch (wireName) {
      case "standard" -> Optional.of(STANDARD);
      case "batch" -> Optional.of(BATCH);
      case "flex" -> Optional.of(FLEX);
      case "priority" -> Optional.of(PRIORITY);
      default -> Optional.empty();
    };
  }
}

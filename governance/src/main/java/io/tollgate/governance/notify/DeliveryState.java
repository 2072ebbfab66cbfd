package io.tollgate.governance.notify;

import io.tollgate.schemas.InvalidInput;
import java.util.Locale;
import java.util.stream.Stream;

/** How far a delivery is. */
enum DeliveryState {
  /** It is tried, or waits for the next attempt. */
  PENDING,
  /** The receiver has taken it. */
  DELIVERED,
  /** Its last attempt failed; it can be sent again. */
  FAILED,
  /** Its channel was deleted before it arrived. */
  CANCELLED;

  String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  static DeliveryState of(String text) {
    return Stream.of(values())
        .filter(state -> state.wireName().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidInput(
                    "state",
                    text,
                    "must be one of "
                        + String.join(
                            ", ", Stream.of(values()).map(DeliveryState::wireName).toList())));
  }
}

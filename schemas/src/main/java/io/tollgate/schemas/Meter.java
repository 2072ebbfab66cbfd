package io.tollgate.schemas;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One countable unit. Meters on an event are disjoint: tokens read from a cache are not in {@code
 * input}, reasoning is not in {@code output}; "input includes cached" is split once, at the door.
 */
public enum Meter {
  INPUT("input", Side.INPUT_TOKENS),
  CACHE_READ("cache_read", Side.INPUT_TOKENS),
  CACHE_WRITE_5M("cache_write_5m", Side.INPUT_TOKENS),
  CACHE_WRITE_1H("cache_write_1h", Side.INPUT_TOKENS),
  OUTPUT("output", Side.OUTPUT_TOKENS),
  REASONING("reasoning", Side.OUTPUT_TOKENS),
  INPUT_AUDIO("input_audio", Side.INPUT_TOKENS),
  CACHE_READ_AUDIO("cache_read_audio", Side.INPUT_TOKENS),
  OUTPUT_AUDIO("output_audio", Side.OUTPUT_TOKENS),
  INPUT_IMAGE("input_image", Side.INPUT_TOKENS),
  CACHE_READ_IMAGE("cache_read_image", Side.INPUT_TOKENS),
  OUTPUT_IMAGE("output_image", Side.OUTPUT_TOKENS),
  INPUT_VIDEO("input_video", Side.INPUT_TOKENS),
  OUTPUT_VIDEO("output_video", Side.OUTPUT_TOKENS),
  WEB_SEARCH("web_search", Side.NO_TOKENS),
  IMAGE("image", Side.NO_TOKENS),
  SECOND("second", Side.NO_TOKENS),
  REQUEST("request", Side.NO_TOKENS);

  /** Where a meter's units count towards a request's token totals. */
  public enum Side {
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    NO_TOKENS
  }

  private static final Map<String, Meter> BY_WIRE_NAME = new HashMap<>();

  static {
    for (Meter meter : values()) {
      BY_WIRE_NAME.put(meter.wireName, meter);
    }
  }

  private final String wireName;
  private final Side side;

  Meter(String wireName, Side side) {
    this.wireName = wireName;
    this.side = side;
  }

  /** The name on events, in price books and in answers. */
  public String wireName() {
    return wireName;
  }

  /** Input-side tokens decide a request's context tier. */
  public Side side() {
    return side;
  }

  public static Optional<Meter> find(String wireName) {
    return Optional.ofNullable(BY_WIRE_NAME.get(wireName));
  }

  /**
   * The meter of that name.
   *
   * @throws InvalidInput if there is none
   */
  public static Meter of(String wireName) {
    return find(wireName)
        .orElseThrow(
            () -> new InvalidInput("meter", wireName, "must be one of " + BY_WIRE_NAME.keySet()));
  }

  @Override
  public String toString() {
    return wireName;
  }
}

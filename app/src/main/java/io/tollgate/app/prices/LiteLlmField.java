package io.tollgate.app.prices;

import io.tollgate.schemas.Meter;
import io.tollgate.schemas.ServiceTier;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A field of LiteLLM's file that prices one unit of one meter: its name says the meter, and by
 * suffixes the context tier and the service tier.
 *
 * @param contextOver null for the base
 */
record LiteLlmField(Meter meter, @Nullable Long contextOver, ServiceTier serviceTier) {
  private static final Pattern NAME =
      Pattern.compile("(.+?)(?:_above_(\\d{1,6})k_tokens)?(?:_(batches|flex|priority))?");

  private static final Map<String, Meter> METERS =
      Map.ofEntries(
          Map.entry("input_cost_per_token", Meter.INPUT),
          Map.entry("output_cost_per_token", Meter.OUTPUT),
          Map.entry("output_cost_per_reasoning_token", Meter.REASONING),
          Map.entry("cache_read_input_token_cost", Meter.CACHE_READ),
          Map.entry("cache_creation_input_token_cost", Meter.CACHE_WRITE_5M),
          Map.entry("cache_creation_input_token_cost_above_1hr", Meter.CACHE_WRITE_1H),
          Map.entry("input_cost_per_audio_token", Meter.INPUT_AUDIO),
          Map.entry("output_cost_per_audio_token", Meter.OUTPUT_AUDIO),
          Map.entry("cache_read_input_audio_token_cost", Meter.CACHE_READ_AUDIO),
          Map.entry("input_cost_per_image_token", Meter.INPUT_IMAGE),
          Map.entry("output_cost_per_image_token", Meter.OUTPUT_IMAGE),
          Map.entry("output_cost_per_video_token", Meter.OUTPUT_VIDEO),
          Map.entry("output_cost_per_image", Meter.IMAGE),
          Map.entry("input_cost_per_request", Meter.REQUEST));

  static Optional<LiteLlmField> find(String name) {
    Matcher parts = NAME.matcher(name);
    if (!parts.matches() || !METERS.containsKey(parts.group(1))) {
      return Optional.empty();
    }
    String thousands = parts.group(2);
    String tier = parts.group(3);
    return Optional.of(
        new LiteLlmField(
            METERS.get(parts.group(1)),
            thousands == null ? null : Long.parseLong(thousands) * 1000,
            tier == null
                ? ServiceTier.STANDARD
                : switch (tier) {
                  case "batches" -> ServiceTier.BATCH;
                  case "flex" -> ServiceTier.FLEX;
                  default -> ServiceTier.PRIORITY;
                }));
  }

  /** Whether a field that is none of these has to do with money all the same. */
  static boolean isAboutPrice(String name) {
    return name.contains("cost")
        || name.contains("pric")
        || name.contains("multiplier")
        || name.equals("provider_specific_entry")
        || name.equals("rules");
  }
}

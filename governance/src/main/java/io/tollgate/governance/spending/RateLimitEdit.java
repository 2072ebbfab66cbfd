package io.tollgate.governance.spending;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.tollgate.schemas.InvalidInput;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is to change about a workspace's rate limit in the imitated API's words; what is left out
 * stays. Named as the dialect names them, because its numbers have underscores of their own.
 */
record RateLimitEdit(
    @JsonProperty("max_requests_per_1_minute") @Nullable Long requestsPerMinute,
    @JsonProperty("max_tokens_per_1_minute") @Nullable Long tokensPerMinute,
    @JsonProperty("max_requests_per_1_day") @Nullable Long requestsPerDay,
    @JsonProperty("max_images_per_1_minute") @Nullable Long imagesPerMinute,
    @JsonProperty("max_audio_megabytes_per_1_minute") @Nullable Long audioMegabytesPerMinute,
    @JsonProperty("batch_1_day_max_input_tokens") @Nullable Long batchInputTokensPerDay) {
  RateLimitEdit {
    unsupported("max_requests_per_1_day", requestsPerDay);
    unsupported("max_images_per_1_minute", imagesPerMinute);
    unsupported("max_audio_megabytes_per_1_minute", audioMegabytesPerMinute);
    unsupported("batch_1_day_max_input_tokens", batchInputTokensPerDay);
    InvalidInput.unless(
        Stream.of(requestsPerMinute, tokensPerMinute).anyMatch(one -> one != null),
        "body",
        "{}",
        "must set max_requests_per_1_minute or max_tokens_per_1_minute");
  }

  private static void unsupported(String field, @Nullable Long value) {
    if (value != null) {
      throw new InvalidInput(
          field,
          value.toString(),
          "is known but not supported: limits are requests and tokens per minute here, and tokens"
              + " per day under /v1/organization/projects/{id}/limits");
    }
  }

  LimitTerms applyTo(@Nullable LimitTerms before) {
    return new LimitTerms(
        requestsPerMinute != null || before == null
            ? requestsPerMinute
            : before.requestsPerMinute(),
        tokensPerMinute != null || before == null ? tokensPerMinute : before.tokensPerMinute(),
        before == null ? null : before.tokensPerDay(),
        before == null ? null : before.allowedModels(),
        before == null ? null : before.deniedModels());
  }
}

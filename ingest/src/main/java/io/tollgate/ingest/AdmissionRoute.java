package io.tollgate.ingest;

import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Caller;
import io.tollgate.http.Endpoint;
import io.tollgate.http.Refusal;
import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.EffectiveLimits;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.ApiKey;
import io.tollgate.schemas.avro.SubjectKind;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Answers {@code GET /v1/admission}: may this key call this model now? A gateway's key may ask for
 * the other keys of its organization; those of another do not exist for it.
 */
final class AdmissionRoute implements Endpoint {
  static final String API_KEY_ID = "api_key_id";
  static final String MODEL = "model";
  static final String USER = "user";
  static final String FEATURE = "feature";

  private static final Duration READING = Duration.ofSeconds(1);

  private final LimitsView limits;
  private final Function<String, Optional<ApiKey>> apiKeys;
  private final BooleanSupplier isReady;

  /**
   * @param apiKeys by their id
   * @param isReady whether limits and keys have been read
   */
  AdmissionRoute(
      LimitsView limits, Function<String, Optional<ApiKey>> apiKeys, BooleanSupplier isReady) {
    this.limits = limits;
    this.apiKeys = apiKeys;
    this.isReady = isReady;
  }

  @Override
  public Answer answer(Call call) {
    if (!(call.caller() instanceof Caller.ApiKey caller)) {
      throw new IllegalStateException("the guard of this route lets API keys through only");
    }
    Map<SubjectKind, String> subjects = new EnumMap<>(SubjectKind.class);
    call.query().text(MODEL).ifPresent(model -> subjects.put(SubjectKind.MODEL, model));
    call.query().text(USER).ifPresent(user -> subjects.put(SubjectKind.USER, user));
    call.query().text(FEATURE).ifPresent(feature -> subjects.put(SubjectKind.FEATURE, feature));
    return Answer.ok(answer(caller, call.query().text(API_KEY_ID), subjects));
  }

  Map<String, Object> answer(
      Caller.ApiKey caller, Optional<String> asked, Map<SubjectKind, String> subjects) {
    if (!isReady.getAsBoolean()) {
      throw Refusal.tooBusy("the limits are being read", READING);
    }
    ApiKeyId key = asked.map(ApiKeyId::new).orElse(caller.key());
    EffectiveLimits effective =
        limits.of(caller.organization(), workspace(caller, key), key, subjects);
    String model = subjects.get(SubjectKind.MODEL);
    return body(key, model == null ? effective : effective.forModel(model));
  }

  private WorkspaceId workspace(Caller.ApiKey caller, ApiKeyId key) {
    if (key.equals(caller.key())) {
      return caller.workspace();
    }
    return apiKeys
        .apply(key.value())
        .filter(known -> known.getOrganizationId().equals(caller.organization().value()))
        .map(known -> new WorkspaceId(known.getWorkspaceId()))
        .orElseThrow(() -> Refusal.notFound(API_KEY_ID, key.value()));
  }

  private static Map<String, Object> body(ApiKeyId key, EffectiveLimits limits) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("object", "admission");
    body.put(API_KEY_ID, key.value());
    body.put("admission", limits.admission().name().toLowerCase(Locale.ROOT));
    body.put("reasons", limits.reasons());
    put(body, "until", limits.until() == null ? null : limits.until().toString());
    put(body, "remaining", limits.remaining() == null ? null : limits.remaining().toString());
    put(body, "currency", limits.currency());
    put(body, "requests_per_minute", limits.requestsPerMinute());
    put(body, "tokens_per_minute", limits.tokensPerMinute());
    put(body, "tokens_per_day", limits.tokensPerDay());
    body.put("allowed_models", limits.allowedModels());
    body.put("denied_models", limits.deniedModels());
    return body;
  }

  @SuppressWarnings("NullAway") // in JSON null says that there is no such limit
  private static void put(Map<String, Object> body, String name, @Nullable Object value) {
    body.put(name, value);
  }
}

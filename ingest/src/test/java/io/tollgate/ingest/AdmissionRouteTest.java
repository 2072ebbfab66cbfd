package io.tollgate.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.http.Caller;
import io.tollgate.http.Refusal;
import io.tollgate.http.Scope;
import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.LimitKey;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.Admission;
import io.tollgate.schemas.avro.ApiKey;
import io.tollgate.schemas.avro.LimitState;
import io.tollgate.schemas.avro.ScopeKind;
import io.tollgate.schemas.avro.SubjectKind;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AdmissionRouteTest {
  private static final Instant NOW = Instant.parse("2026-06-15T12:00:00Z");
  private static final Caller.ApiKey GATEWAY =
      new Caller.ApiKey(
          new ApiKeyId("gateway"),
          new OrganizationId("acme"),
          new WorkspaceId("infra"),
          Set.of(Scope.ADMISSION),
          Optional.empty());

  private final Map<String, LimitState> states = new HashMap<>();
  private final Map<String, ApiKey> keys = new HashMap<>();
  private Instant now = NOW;
  private boolean ready = true;
  private final AdmissionRoute route =
      new AdmissionRoute(
          new LimitsView(key -> Optional.ofNullable(states.get(key)), () -> now),
          id -> Optional.ofNullable(keys.get(id)),
          () -> ready);

  private void put(LimitState.Builder state) {
    LimitState built =
        state
            .setOrganizationId("acme")
            .setCurrency("USD")
            .setSpent(Money.ZERO.value())
            .setVersion(1)
            .build();
    states.put(LimitKey.of(built).text(), built);
  }

  private static LimitState.Builder state(ScopeKind kind, Admission admission, String... reasons) {
    return LimitState.newBuilder()
        .setScope(kind)
        .setWorkspaceId(kind == ScopeKind.ORGANIZATION ? null : "ws")
        .setApiKeyId(kind == ScopeKind.API_KEY ? "k1" : null)
        .setAdmission(admission)
        .setReasons(List.of(reasons));
  }

  private void putKey(String organization, String id) {
    keys.put(
        id,
        ApiKey.newBuilder()
            .setApiKeyId(id)
            .setOrganizationId(organization)
            .setWorkspaceId("ws")
            .setName(id)
            .setValidFrom(NOW)
            .setVersion(1)
            .build());
  }

  private Map<String, Object> ask(String key, Map<SubjectKind, String> subjects) {
    return route.answer(GATEWAY, Optional.of(key), subjects);
  }

  @Test
  void aKeyWithoutLimitsIsOpen() {
    Map<String, Object> answer = route.answer(GATEWAY, Optional.empty(), Map.of());
    assertThat(answer)
        .containsEntry("api_key_id", "gateway")
        .containsEntry("admission", "open")
        .containsEntry("reasons", List.of())
        .containsEntry("until", null)
        .containsEntry("remaining", null);
  }

  @Test
  void whatIsAboveAKeyAppliesToIt() {
    putKey("acme", "k1");
    put(
        state(ScopeKind.ORGANIZATION, Admission.WARNED, "budget:b1")
            .setRemaining(Money.parse("2.5").value()));
    put(
        state(ScopeKind.WORKSPACE, Admission.BLOCKED, "requests_per_minute")
            .setRequestsPerMinute(60L)
            .setUntil(NOW.plusSeconds(20)));
    put(state(ScopeKind.API_KEY, Admission.OPEN).setRequestsPerMinute(10L));
    assertThat(ask("k1", Map.of()))
        .containsEntry("admission", "blocked")
        .containsEntry("reasons", List.of("requests_per_minute"))
        .containsEntry("until", "2026-06-15T12:00:20Z")
        .containsEntry("remaining", "2.500000000000")
        .containsEntry("currency", "USD")
        .containsEntry("requests_per_minute", 10L);
    now = NOW.plusSeconds(20);
    assertThat(ask("k1", Map.of()))
        .containsEntry("admission", "warned")
        .containsEntry("reasons", List.of("budget:b1"));
    assertThat(route.answer(GATEWAY, Optional.empty(), Map.of()))
        .containsEntry("admission", "warned");
  }

  @Test
  void modelsUsersAndFeaturesHaveLimitsOfTheirOwn() {
    putKey("acme", "k1");
    put(state(ScopeKind.WORKSPACE, Admission.OPEN).setAllowedModels(List.of("gpt-5*")));
    put(
        state(ScopeKind.ORGANIZATION, Admission.BLOCKED, "budget:ann")
            .setSubjectKind(SubjectKind.USER)
            .setSubject("ann"));
    assertThat(ask("k1", Map.of(SubjectKind.MODEL, "gpt-5-mini", SubjectKind.USER, "bob")))
        .containsEntry("admission", "open");
    assertThat(ask("k1", Map.of(SubjectKind.USER, "ann")))
        .containsEntry("reasons", List.of("budget:ann"));
    assertThat(ask("k1", Map.of(SubjectKind.MODEL, "o3")))
        .containsEntry("admission", "blocked")
        .containsEntry("reasons", List.of("model"))
        .containsEntry("allowed_models", List.of(List.of("gpt-5*")));
  }

  @Test
  void aForeignKeyDoesNotExist() {
    putKey("globex", "k9");
    for (String key : List.of("k9", "nobody")) {
      assertThatThrownBy(() -> ask(key, Map.of()))
          .isInstanceOfSatisfying(
              Refusal.class,
              refusal -> assertThat(refusal.reason()).isEqualTo(Refusal.Reason.NOT_FOUND));
    }
  }

  @Test
  void nothingIsSaidBeforeTheLimitsAreRead() {
    ready = false;
    assertThatThrownBy(() -> route.answer(GATEWAY, Optional.empty(), Map.of()))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("being read");
  }
}

package io.tollgate.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.avro.Admission;
import io.tollgate.schemas.avro.LimitState;
import io.tollgate.schemas.avro.ScopeKind;
import io.tollgate.schemas.avro.SubjectKind;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EffectiveLimitsTest {
  private static final Instant NOW = Instant.parse("2026-06-15T12:00:00Z");

  private static LimitState.Builder state(ScopeKind kind) {
    return LimitState.newBuilder()
        .setOrganizationId("acme")
        .setScope(kind)
        .setWorkspaceId(kind == ScopeKind.ORGANIZATION ? null : "ws")
        .setApiKeyId(kind == ScopeKind.API_KEY ? "k1" : null)
        .setAdmission(Admission.OPEN)
        .setReasons(List.of())
        .setCurrency("USD")
        .setSpent(Money.ZERO.value())
        .setVersion(1);
  }

  private static EffectiveLimits combined(LimitState.Builder... states) {
    return EffectiveLimits.of(
        List.of(states).stream().map(LimitState.Builder::build).toList(), NOW);
  }

  @ParameterizedTest(name = "{0} above {1} above {2} is {3} because of {4}")
  @CsvSource({
    "OPEN,    OPEN,    OPEN,    OPEN,    ''",
    "OPEN,    OPEN,    WARNED,  WARNED,  k",
    "OPEN,    WARNED,  OPEN,    WARNED,  w",
    "WARNED,  OPEN,    OPEN,    WARNED,  o",
    "WARNED,  WARNED,  OPEN,    WARNED,  o w",
    "WARNED,  OPEN,    BLOCKED, BLOCKED, k",
    "OPEN,    BLOCKED, WARNED,  BLOCKED, w",
    "BLOCKED, OPEN,    OPEN,    BLOCKED, o",
    "BLOCKED, WARNED,  BLOCKED, BLOCKED, o k",
    "BLOCKED, BLOCKED, BLOCKED, BLOCKED, o w k",
  })
  void theStrictestWins(
      Admission organization,
      Admission workspace,
      Admission key,
      Admission expected,
      String reasons) {
    EffectiveLimits limits =
        combined(
            state(ScopeKind.ORGANIZATION).setAdmission(organization).setReasons(List.of("o")),
            state(ScopeKind.WORKSPACE).setAdmission(workspace).setReasons(List.of("w")),
            state(ScopeKind.API_KEY).setAdmission(key).setReasons(List.of("k")));
    assertThat(limits.admission()).isEqualTo(expected);
    assertThat(String.join(" ", limits.reasons())).isEqualTo(reasons);
  }

  @Test
  void nothingLimitsWithoutStates() {
    assertThat(EffectiveLimits.NONE.admission()).isEqualTo(Admission.OPEN);
    assertThat(EffectiveLimits.NONE.until()).isNull();
    assertThat(EffectiveLimits.NONE.allows("gpt-5")).isTrue();
  }

  @Test
  void itLastsUntilTheLastOfTheStrictestIsOver() {
    LimitState.Builder minute =
        state(ScopeKind.API_KEY).setAdmission(Admission.BLOCKED).setUntil(NOW.plusSeconds(10));
    LimitState.Builder month =
        state(ScopeKind.ORGANIZATION)
            .setAdmission(Admission.BLOCKED)
            .setUntil(NOW.plusSeconds(1_000));
    LimitState.Builder warned =
        state(ScopeKind.WORKSPACE).setAdmission(Admission.WARNED).setUntil(NOW.plusSeconds(9_999));
    LimitState.Builder wallet =
        state(ScopeKind.ORGANIZATION).setAdmission(Admission.BLOCKED).setUntil(null);
    assertThat(combined(month, warned, minute).until()).isEqualTo(NOW.plusSeconds(1_000));
    assertThat(combined(wallet, minute).until()).isNull();
    assertThat(combined(minute, wallet).until()).isNull();
  }

  @Test
  void aStateIsOverAtItsEndAlsoIfNobodyHasWrittenThat() {
    LimitState.Builder over =
        state(ScopeKind.API_KEY).setAdmission(Admission.BLOCKED).setUntil(NOW);
    assertThat(combined(over).admission()).isEqualTo(Admission.OPEN);
    over.setUntil(NOW.plusMillis(1));
    assertThat(combined(over).admission()).isEqualTo(Admission.BLOCKED);
  }

  @Test
  void theLeastIsLeft() {
    EffectiveLimits limits =
        combined(
            state(ScopeKind.ORGANIZATION)
                .setRemaining(Money.parse("10").value())
                .setRequestsPerMinute(100L)
                .setTokensPerDay(5L),
            state(ScopeKind.WORKSPACE).setTokensPerMinute(1_000L),
            state(ScopeKind.API_KEY)
                .setRemaining(Money.parse("-0.5").value())
                .setRequestsPerMinute(200L)
                .setTokensPerMinute(999L));
    assertThat(limits.remaining()).isEqualTo(Money.parse("-0.5"));
    assertThat(limits.requestsPerMinute()).isEqualTo(100);
    assertThat(limits.tokensPerMinute()).isEqualTo(999);
    assertThat(limits.tokensPerDay()).isEqualTo(5);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "gpt-5,       true",
    "gpt-5-mini,  true",
    "gpt-5-pro,   false", // denied by the key
    "gpt-4o,      false", // not in the workspace's list
    "claude-opus, false", // not in the organization's list
  })
  void belowMayTightenNeverLoosen(String model, boolean allowed) {
    EffectiveLimits limits =
        combined(
            state(ScopeKind.ORGANIZATION).setAllowedModels(List.of("gpt-*", "o3")),
            state(ScopeKind.WORKSPACE).setAllowedModels(List.of("gpt-5*", "claude-*")),
            state(ScopeKind.API_KEY).setDeniedModels(List.of("*-pro")));
    assertThat(limits.allows(model)).isEqualTo(allowed);
    EffectiveLimits forModel = limits.forModel(model);
    assertThat(forModel.admission()).isEqualTo(allowed ? Admission.OPEN : Admission.BLOCKED);
    assertThat(forModel.reasons()).isEqualTo(allowed ? List.of() : List.of("model"));
  }

  @Test
  void anEmptyListAllowsNothing() {
    assertThat(combined(state(ScopeKind.API_KEY).setAllowedModels(List.of())).allows("gpt-5"))
        .isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "acme/organization/acme",
        "acme/workspace/ws",
        "acme/api_key/k1",
        "acme/api_key/k1/user/u/1",
        "acme/organization/acme/model/openai/gpt-5"
      })
  void aKeyIsReadAsItIsWritten(String text) {
    assertThat(LimitKey.parse(text).text()).isEqualTo(text);
  }

  @Test
  void aStateKnowsItsKey() {
    LimitState state =
        state(ScopeKind.WORKSPACE).setSubjectKind(SubjectKind.USER).setSubject("ann").build();
    assertThat(LimitKey.of(state).text()).isEqualTo("acme/workspace/ws/user/ann");
    assertThat(LimitKey.of(state(ScopeKind.API_KEY).build()))
        .isEqualTo(LimitKey.apiKey("acme", "k1"));
  }
}

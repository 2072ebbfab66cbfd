package io.tollgate.governance.spending;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.avro.Limit;
import io.tollgate.schemas.avro.ScopeKind;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TightnessTest {
  private static Limit.Builder limit() {
    return Limit.newBuilder()
        .setOrganizationId("acme")
        .setScope(ScopeKind.ORGANIZATION)
        .setVersion(1);
  }

  private static Limit models(String models) {
    return limit().setAllowedModels(List.of(models.split(" "))).build();
  }

  @Test
  void comparesOnlyWhatIsSetOnBothSides() {
    Limit above = limit().setRequestsPerMinute(100L).setTokensPerMinute(5L).build();
    Limit below = limit().setTokensPerDay(1_000L).setRequestsPerMinute(100L).build();

    assertThat(Tightness.looser(below, above)).isEmpty();
    assertThat(Tightness.looser(above, below)).isEmpty();
    assertThat(Tightness.looser(models("gpt-4"), above)).isEmpty();
    assertThat(Tightness.looser(above, models("gpt-4"))).isEmpty();
  }

  @Test
  void namesWhatIsLooserWithBothValues() {
    Limit above = limit().setRequestsPerMinute(100L).setTokensPerDay(7L).build();
    Limit below = limit().setRequestsPerMinute(99L).setTokensPerDay(8L).build();

    assertThat(Tightness.looser(below, above))
        .contains(new Tightness.Looser("tokens_per_day", "8", "7"));
  }

  @Test
  void mayDenyMoreBelowAndNeedNotRepeatWhatIsDeniedAbove() {
    Limit above = limit().setDeniedModels(List.of("o1*")).build();
    Limit below = limit().setDeniedModels(List.of("gpt-4")).build();

    assertThat(Tightness.looser(below, above)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    // above, below, the first that is looser
    "gpt-4*, gpt-4o,",
    "gpt-4*, gpt-4o*,",
    "gpt-4*, gpt-4*-mini,",
    "gpt-4* claude-*, claude-sonnet-* gpt-4.1,",
    "*, gpt-* *,",
    "gpt-4o, gpt-4*, gpt-4*",
    "gpt-4*, gpt-*, gpt-*",
    "gpt-*-mini, gpt-5*, gpt-5*",
    "gpt-*-mini, gpt-5*-mini,",
    "a* b*, *, *",
    "gpt-4, GPT-4, GPT-4",
  })
  void takesAPatternForAllNamesItMatches(String above, String below, String looser) {
    assertThat(Tightness.looser(models(below), models(above)).map(Tightness.Looser::below))
        .isEqualTo(Optional.ofNullable(looser));
  }

  @Test
  void anApiKeyIsBelowItsWorkspaceAndOrganizationOnly() {
    LimitScope organization = scope(null, null);
    LimitScope workspace = scope("prod", null);
    LimitScope key = scope("prod", "k1");

    assertThat(key.isBelow(workspace)).isTrue();
    assertThat(key.isBelow(organization)).isTrue();
    assertThat(workspace.isBelow(organization)).isTrue();
    assertThat(organization.isBelow(organization)).isFalse();
    assertThat(organization.isBelow(key)).isFalse();
    assertThat(workspace.isBelow(key)).isFalse();
    assertThat(key.isBelow(scope("test", null))).isFalse();
    assertThat(key.isBelow(scope("prod", "k2"))).isFalse();
    assertThat(key.key()).isEqualTo("acme/api_key/k1");
  }

  private static LimitScope scope(@Nullable String workspace, @Nullable String key) {
    return new LimitScope(new OrganizationId("acme"), workspace, key);
  }
}

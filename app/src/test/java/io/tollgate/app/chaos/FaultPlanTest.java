package io.tollgate.app.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FaultPlanTest {
  private static List<Fault> plan(long seed, int faults) {
    FaultPlan plan = new FaultPlan(seed);
    List<Fault> dealt = new ArrayList<>();
    for (int i = 0; i < faults; i++) {
      dealt.add(plan.next());
    }
    return dealt;
  }

  @Test
  void theSameSeedIsTheSameSequence() {
    assertThat(plan(7, 100)).isEqualTo(plan(7, 100)).isNotEqualTo(plan(8, 100));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void aDeckLeavesNoKindOut(long seed) {
    assertThat(plan(seed, FaultPlan.DECK).stream().map(Fault::getClass).distinct())
        .hasSize(Fault.class.getPermittedSubclasses().length);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void theGuestIsHitOnlyWhileItIsThere(long seed) {
    boolean there = false;
    for (Fault fault : plan(seed, 300)) {
      switch (fault) {
        case Fault.JoinStreams join -> {
          assertThat(there).isFalse();
          there = true;
        }
        case Fault.LeaveStreams leave -> {
          assertThat(there).isTrue();
          there = false;
        }
        case Fault.KillStreams kill -> assertHit(kill.instance(), there);
        case Fault.KillStreamsForLong kill -> assertHit(kill.instance(), there);
        case Fault.StopStreams stop -> assertHit(stop.instance(), there);
        case Fault.FreezeStreams freeze -> assertHit(freeze.instance(), there);
        case Fault.KillLanding kill -> assertThat(kill.instance()).isBetween(1, FaultPlan.STAYING);
        case Fault.KillGateway kill -> {}
        case Fault.KillBroker kill -> {}
        case Fault.StopBroker stop -> {}
        case Fault.ClickHouseAway away -> assertThat(away.away()).isPositive();
      }
    }
  }

  private static void assertHit(int instance, boolean guestIsThere) {
    assertThat(instance).isBetween(1, guestIsThere ? FaultPlan.GUEST : FaultPlan.STAYING);
  }
}

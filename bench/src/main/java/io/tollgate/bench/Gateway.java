package io.tollgate.bench;

import io.tollgate.ingest.LimitsView;
import io.tollgate.ingest.PublisherSettings;
import io.tollgate.ingest.UsagePublisher;
import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.CompactedView;
import io.tollgate.schemas.LimitKey;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.Admission;
import io.tollgate.schemas.avro.LimitState;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A gateway as the product means it: it follows limits.state with the product's own view, asks that
 * before each request, and reports the usage of what it lets through with the product's publisher.
 */
final class Gateway implements AutoCloseable {
  private static final Duration TICK = Duration.ofMillis(1);
  private static final Duration READ = Duration.ofSeconds(30);
  private static final OrganizationId ORGANIZATION = new OrganizationId(HardBudget.ORGANIZATION);
  private static final WorkspaceId WORKSPACE = new WorkspaceId(HardBudget.WORKSPACE);

  private final CompactedView<LimitState> states;
  private final LimitsView limits;
  private final UsagePublisher publisher;
  private final AtomicLong refused;

  /**
   * @param refused counts usage that was not accepted
   */
  Gateway(Rig rig, AtomicLong refused) {
    this.refused = refused;
    String kafka = rig.endpoints().bootstrapServers();
    states = CompactedView.start(Topics.LIMITS_STATE, kafka, rig.ids());
    states.awaitCaughtUp(READ);
    limits = LimitsView.over(states, InstantSource.system());
    publisher = UsagePublisher.open(kafka, rig.ids(), PublisherSettings.standard());
  }

  /**
   * Takes requests of all the budgets' keys in turn, at a steady rate.
   *
   * @param perSecond over all keys
   */
  void serve(List<HardBudget> budgets, double perSecond, Duration length) {
    long began = System.nanoTime();
    long served = 0;
    for (long now = 0; now < length.toNanos(); now = System.nanoTime() - began) {
      long due = (long) (now / 1e9 * perSecond);
      while (served < due) {
        request(budgets.get((int) (served++ % budgets.size())));
      }
      LockSupport.parkNanos(TICK.toNanos());
    }
  }

  private void request(HardBudget budget) {
    if (isBlocked(budget)) {
      return;
    }
    var unused =
        publisher
            .publish(budget.admit(System.nanoTime()))
            .whenComplete(
                (place, failure) -> {
                  if (failure != null) {
                    refused.incrementAndGet();
                  }
                });
  }

  boolean isBlocked(HardBudget budget) {
    return limits.of(ORGANIZATION, WORKSPACE, new ApiKeyId(budget.key())).admission()
        == Admission.BLOCKED;
  }

  /** The state of a budget's key, as this gateway knows it. */
  Optional<LimitState> state(HardBudget budget) {
    return states.get(LimitKey.apiKey(HardBudget.ORGANIZATION, budget.key()).text());
  }

  @Override
  public void close() {
    publisher.close();
    states.close();
  }
}

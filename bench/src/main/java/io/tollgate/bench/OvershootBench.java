package io.tollgate.bench;

import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.LimitState;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * By how much hard budgets are overshot: gateways that let requests through until they know that a
 * budget is used up, each with a view of its own, against many budgets that are crossed one after
 * the other.
 *
 * <p>A request costs its usage at once here. Where requests take time, those that run when the
 * block comes are added to what is said.
 */
final class OvershootBench {
  /** Until a block is known everywhere: both topologies' commits, and their work. */
  private static final Duration BOUND = Duration.ofSeconds(1);

  /** The first budget is crossed after so long, so that all are under way. */
  private static final Duration BEFORE = Duration.ofSeconds(2);

  /** Over this long the budgets are crossed. */
  private static final Duration CROSSINGS = Duration.ofSeconds(10);

  private static final Duration AFTER = Duration.ofSeconds(8);
  private static final Duration KNOWN = Duration.ofSeconds(40);
  private static final Duration LOOK = Duration.ofMillis(20);

  private static final long NEVER = 1_000_000_000;

  private final Rig rig;
  private final BenchOptions options;
  private final AtomicLong refused = new AtomicLong();

  OvershootBench(Rig rig, BenchOptions options) {
    this.rig = rig;
    this.options = options;
  }

  /** Whether every budget stopped its key within the bound. */
  boolean run() throws IOException {
    String application = "bench-overshoot";
    UsageLog log = rig.log();
    log.begin(
        application + "-meter", Topics.USAGE_EVENTS.name(), log.ends(Topics.USAGE_EVENTS.name()));
    log.begin(
        application + "-budget", Topics.USAGE_DELTAS.name(), log.ends(Topics.USAGE_DELTAS.name()));
    double perBudget = (double) options.rate / options.budgets;
    List<HardBudget> budgets = new ArrayList<>();
    List<HardBudget> never = new ArrayList<>();
    for (int i = 0; i < options.budgets; i++) {
      double seconds = BEFORE.toSeconds() + (double) CROSSINGS.toSeconds() * i / options.budgets;
      budgets.add(new HardBudget("key-" + i, Math.max(1, Math.round(seconds * perBudget))));
      never.add(new HardBudget("warm-up-" + i, NEVER));
    }
    publish(budgets);
    publish(never);
    rig.process(Contender.WHOLE_ROLE).start(application);
    List<Gateway> gateways = new ArrayList<>();
    try {
      for (int i = 0; i < options.gateways; i++) {
        gateways.add(new Gateway(rig, refused));
      }
      if (!await("a state for every budget", budgets, one -> knownToAll(gateways, one))) {
        return false;
      }
      Report.say("overshoot: warming up for %d s".formatted(options.warmUp));
      serve(gateways, never, Duration.ofSeconds(options.warmUp));
      Report.say("overshoot: %,d budgets".formatted(budgets.size()));
      serve(gateways, budgets, BEFORE.plus(CROSSINGS).plus(AFTER));
      boolean exact =
          await("the exact spend of every budget", budgets, one -> isExact(gateways, one));
      return report(budgets, perBudget) & exact & refused.get() == 0;
    } finally {
      gateways.forEach(Gateway::close);
      var unused = rig.process(Contender.WHOLE_ROLE).stop();
    }
  }

  private void publish(List<HardBudget> budgets) {
    try (ReferenceData reference =
        new ReferenceData(rig.endpoints().bootstrapServers(), rig.ids())) {
      reference.publishPrices();
      reference.publishTenant(HardBudget.ORGANIZATION, HardBudget.WORKSPACE);
      for (HardBudget one : budgets) {
        reference.publish(one.apiKey());
        reference.publish(one.budget());
      }
    }
  }

  private void serve(List<Gateway> gateways, List<HardBudget> budgets, Duration length) {
    List<Thread> threads = new ArrayList<>();
    for (Gateway gateway : gateways) {
      threads.add(
          Thread.ofPlatform()
              .name("gateway-" + threads.size())
              .start(
                  () -> gateway.serve(budgets, (double) options.rate / gateways.size(), length)));
    }
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while gateways serve", e);
      }
    }
  }

  private static boolean knownToAll(List<Gateway> gateways, HardBudget budget) {
    return gateways.stream().allMatch(gateway -> gateway.state(budget).isPresent());
  }

  private static boolean isExact(List<Gateway> gateways, HardBudget budget) {
    BigDecimal told =
        gateways.getFirst().state(budget).map(LimitState::getSpent).orElse(BigDecimal.ZERO);
    return told.compareTo(budget.spent()) == 0 && gateways.getFirst().isBlocked(budget);
  }

  private static boolean await(
      String what, List<HardBudget> budgets, Predicate<HardBudget> condition) {
    long deadline = System.nanoTime() + KNOWN.toNanos();
    while (System.nanoTime() < deadline) {
      if (budgets.stream().allMatch(condition)) {
        return true;
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
    System.out.printf(
        "NOT KNOWN within %s: %s; missing for %d of %d%n",
        KNOWN, what, budgets.stream().filter(condition.negate()).count(), budgets.size());
    return false;
  }

  private boolean report(List<HardBudget> budgets, double perBudget) {
    // One request may be on its way in each gateway when the last of the time is over.
    long requests = (long) Math.ceil(perBudget * BOUND.toMillis() / 1_000) + options.gateways;
    long[] over = sorted(budgets, HardBudget::requestsOver);
    long[] millis = sorted(budgets, HardBudget::millisOver);
    Report report =
        new Report(
            "%,d hard budgets, %d gateways, %,.0f requests/s to each budget at %s USD: what was let through after its amount was reached"
                .formatted(
                    budgets.size(),
                    options.gateways,
                    perBudget,
                    HardBudget.COST.stripTrailingZeros().toPlainString()),
            "",
            "p50",
            "p99",
            "most",
            "bound");
    report.row(
        "time to the last request, ms",
        Long.toString(at(millis, 0.50)),
        Long.toString(at(millis, 0.99)),
        Long.toString(millis[millis.length - 1]),
        Long.toString(BOUND.toMillis()));
    report.row(
        "requests",
        Long.toString(at(over, 0.50)),
        Long.toString(at(over, 0.99)),
        Long.toString(over[over.length - 1]),
        Long.toString(requests));
    report.row(
        "USD", usd(at(over, 0.50)), usd(at(over, 0.99)), usd(over[over.length - 1]), usd(requests));
    report.print();
    long crossed = budgets.stream().filter(HardBudget::isCrossed).count();
    if (crossed < budgets.size()) {
      System.out.printf("NOT CROSSED: %d of %d%n", budgets.size() - crossed, budgets.size());
    }
    if (refused.get() > 0) {
      System.out.printf("NOT ACCEPTED: usage of %d requests%n", refused.get());
    }
    boolean kept =
        millis[millis.length - 1] <= BOUND.toMillis() && over[over.length - 1] <= requests;
    System.out.println(
        kept
            ? "The bound was kept."
            : String.format(
                Locale.ROOT,
                "THE BOUND WAS EXCEEDED by %d of %d budgets.",
                budgets.stream()
                    .filter(
                        one -> one.millisOver() > BOUND.toMillis() || one.requestsOver() > requests)
                    .count(),
                budgets.size()));
    return kept && crossed == budgets.size();
  }

  private static long[] sorted(List<HardBudget> budgets, ToLongFunction<HardBudget> value) {
    return budgets.stream().mapToLong(value).sorted().toArray();
  }

  private static long at(long[] sorted, double quantile) {
    return sorted[(int) Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))];
  }

  private static String usd(long requests) {
    return HardBudget.COST
        .multiply(BigDecimal.valueOf(requests))
        .stripTrailingZeros()
        .toPlainString();
  }
}

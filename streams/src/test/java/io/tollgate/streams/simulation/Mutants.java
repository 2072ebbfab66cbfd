package io.tollgate.streams.simulation;

import io.tollgate.schemas.avro.Admission;
import io.tollgate.schemas.avro.AlertKind;
import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.LimitState;
import io.tollgate.schemas.avro.RatedKind;
import io.tollgate.streams.LineUnderTest;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.BiPredicate;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.internals.InternalProcessorContext;
import org.apache.kafka.streams.processor.internals.InternalTopologyBuilder;

/**
 * Deliberate faults: something between a real processor and what it forwards to goes wrong now and
 * then. The simulation must find each.
 */
final class Mutants {
  private static final int NOW_AND_THEN = 7;

  private Mutants() {}

  /** Events get past deduplication without being looked up. */
  static Mutant brokenDedup() {
    return around(
        Application.METER,
        "deduplicate-events",
        NOW_AND_THEN,
        (context, forwarded) -> true,
        record -> LineUnderTest.isEvent(record.value()) ? "rate-events" : null);
  }

  /** Events cost a little more than they should. */
  static Mutant brokenRating() {
    return around(
        Application.METER,
        "rate-events",
        1,
        (context, forwarded) -> {
          LineUnderTest.costMore(forwarded.value());
          return true;
        },
        record -> null);
  }

  /** Some crossings are not told. */
  static Mutant brokenAlerting() {
    return around(
        Application.BUDGET,
        "judge-thresholds",
        NOW_AND_THEN,
        (context, forwarded) ->
            !(forwarded.value() instanceof BudgetAlert alert
                && alert.getKind() == AlertKind.CROSSED),
        record -> null);
  }

  /** Some reversals do not reach the sums, or the topic. */
  static Mutant brokenCorrection() {
    return around(
        Application.METER,
        "rate-events",
        NOW_AND_THEN,
        (context, forwarded) -> LineUnderTest.kindOf(forwarded.value()) != RatedKind.REVERSAL,
        record -> null);
  }

  /** Some states let through what should be stopped. */
  static Mutant brokenLimits() {
    return around(
        Application.BUDGET,
        "state-limits",
        1,
        (context, forwarded) -> {
          if (forwarded.value() instanceof LimitState state
              && state.getReasons().contains("requests_per_minute")) {
            state.setAdmission(Admission.OPEN);
          }
          return true;
        },
        record -> null);
  }

  /** What corrections give back does not come back to the wallet. */
  static Mutant brokenWallet() {
    return around(
        Application.BUDGET,
        "judge-thresholds",
        1,
        (context, forwarded) -> {
          LineUnderTest.giveNothingBack(forwarded.value());
          return true;
        },
        record -> null);
  }

  /** A crash leaves files with what was never committed. */
  static Mutant brokenFiles() {
    return new Mutant() {
      @Override
      public void apply(Application application, InternalTopologyBuilder builder) {}

      @Override
      public boolean takesFilesEarly() {
        return true;
      }
    };
  }

  /** What a processor is given may go elsewhere instead; null where it does not. */
  private interface Detour {
    @org.jspecify.annotations.Nullable
    String of(Record<Object, Object> record);
  }

  /**
   * @param keep whether what is forwarded goes on; asked every so many times
   */
  private static Mutant around(
      Application application,
      String node,
      int every,
      BiPredicate<ProcessorContext<Object, Object>, Record<?, ?>> keep,
      Detour detour) {
    return (running, builder) -> {
      if (running == application) {
        StreamsInternals.wrapProcessor(
            builder, node, real -> new Faulty(real, every, keep, detour));
      }
    };
  }

  private static final class Faulty implements Processor<Object, Object, Object, Object> {
    private final Processor<Object, Object, Object, Object> real;
    private final BiPredicate<ProcessorContext<Object, Object>, Record<?, ?>> keep;
    private final Detour detour;
    private @org.jspecify.annotations.Nullable ProcessorContext<Object, Object> context;
    private final int every;
    private int forwards;
    private int processed;

    private Faulty(
        Processor<Object, Object, Object, Object> real,
        int every,
        BiPredicate<ProcessorContext<Object, Object>, Record<?, ?>> keep,
        Detour detour) {
      this.real = real;
      this.every = every;
      this.keep = keep;
      this.detour = detour;
    }

    @Override
    @SuppressWarnings("unchecked")
    public void init(ProcessorContext<Object, Object> task) {
      context = task;
      real.init(
          (ProcessorContext<Object, Object>)
              Proxy.newProxyInstance(
                  getClass().getClassLoader(),
                  new Class<?>[] {InternalProcessorContext.class},
                  (proxy, method, arguments) -> {
                    if (method.getName().equals("forward")
                        && arguments[0] instanceof Record<?, ?> record
                        && ++forwards % every == 0
                        && !keep.test(task, record)) {
                      return null;
                    }
                    try {
                      return method.invoke(task, arguments);
                    } catch (InvocationTargetException e) {
                      throw e.getCause();
                    }
                  }));
    }

    @Override
    public void process(Record<Object, Object> record) {
      String elsewhere = ++processed % NOW_AND_THEN == 0 ? detour.of(record) : null;
      if (elsewhere == null) {
        real.process(record);
      } else {
        java.util.Objects.requireNonNull(context).forward(record, elsewhere);
      }
    }

    @Override
    public void close() {
      real.close();
    }
  }
}

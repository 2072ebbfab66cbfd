package io.tollgate.app.workload;

import io.tollgate.schemas.InvalidInput;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A month of made-up but realistic traffic, the same for the same seed on any day and machine:
 * log-normal token counts, busy hours and quiet nights, bursts of one key, several providers and
 * models, cached prompts, a skewed distribution over keys, and some events sent twice.
 */
public final class GeneratedTraffic implements Workload {
  /** Fixed and past, so that the same seed gives the same invoices on any day. */
  public static final YearMonth MONTH = YearMonth.of(2026, 6);

  /** So that hours, counts and ids stay within an int and a run within an afternoon. */
  public static final int MOST_EVENTS = 10_000_000;

  private static final Instant FROM = MONTH.atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant();
  private static final Instant TO =
      MONTH.plusMonths(1).atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant();
  private static final long HOUR_MICROS = 3_600_000_000L;

  private static final double BURST_HOUR = 0.03;
  private static final double BURST_HOUR_FACTOR = 4.0;
  private static final double BURST_START = 0.01;
  private static final int LONGEST_BURST = 20;
  private static final long BURST_SPREAD_MICROS = 2_000_000;
  private static final double RESEND = 0.015;
  private static final int RESEND_AFTER_AT_MOST = 500;
  private static final int USERS = 400;
  private static final long MOST_INPUT = 400_000;
  private static final long MOST_OUTPUT = 64_000;
  private static final List<String> FEATURES =
      List.of("chat", "search", "summary", "extraction", "code");

  private final long seed;
  private final int events;
  private final List<TenantPlan.Seat> seats;
  private final Weights seatWeights;
  private final int[] perHour;
  private final long resent;

  /**
   * @throws InvalidInput if {@code events} is not 1 to 10,000,000
   */
  public GeneratedTraffic(TenantPlan plan, int events, long seed) {
    InvalidInput.unless(
        events >= 1 && events <= MOST_EVENTS, "--events", events, "must be 1 to 10,000,000");
    this.seed = seed;
    this.events = events;
    this.seats = plan.seats();
    this.seatWeights = Weights.of(seats, seat -> seat.key().weight());
    this.perHour = perHour(new SeededRandom(seed ^ 0x686F757273L), events);
    long[] counted = new long[1];
    forEach(event -> counted[0]++);
    this.resent = counted[0] - events;
  }

  @Override
  public String source() {
    return "demo";
  }

  @Override
  public String backfillId() {
    return "demo-" + MONTH;
  }

  @Override
  public Instant from() {
    return FROM;
  }

  @Override
  public Instant to() {
    return TO;
  }

  @Override
  public long events() {
    return events;
  }

  @Override
  public long resent() {
    return resent;
  }

  @Override
  public void forEach(Consumer<PlannedEvent> consumer) {
    SeededRandom random = new SeededRandom(seed);
    Deque<Resend> resends = new ArrayDeque<>();
    int number = 0;
    for (int hour = 0; hour < perHour.length; hour++) {
      for (Slot slot : slots(random, perHour[hour])) {
        Instant time = FROM.plus(hour * HOUR_MICROS + slot.offsetMicros(), ChronoUnit.MICROS);
        PlannedEvent event = event(random, number, time, seats.get(slot.seat()));
        number++;
        consumer.accept(event);
        if (random.chance(RESEND)) {
          resends.addLast(
              new Resend(number + 1 + random.below(RESEND_AFTER_AT_MOST), event.again()));
        }
        // Only the head is looked at: a resend may come later than drawn, never too early, and the
        // order is fixed.
        while (!resends.isEmpty() && resends.peekFirst().dueAt() <= number) {
          consumer.accept(resends.removeFirst().event());
        }
      }
    }
    resends.forEach(resend -> consumer.accept(resend.event()));
  }

  /** {@code dueAt}: the number of distinct events after which it is sent again. */
  private record Resend(int dueAt, PlannedEvent event) {}

  /** When within its hour and by which key. */
  private record Slot(long offsetMicros, int seat) implements Comparable<Slot> {
    @Override
    public int compareTo(Slot other) {
      return Long.compare(offsetMicros, other.offsetMicros);
    }
  }

  private Slot[] slots(SeededRandom random, int count) {
    Slot[] slots = new Slot[count];
    int burst = 0;
    long burstAt = 0;
    int burstSeat = 0;
    for (int i = 0; i < count; i++) {
      if (burst > 0) {
        burst--;
        long offset = burstAt + Long.remainderUnsigned(random.nextLong(), BURST_SPREAD_MICROS);
        slots[i] = new Slot(Math.min(offset, HOUR_MICROS - 1), burstSeat);
        continue;
      }
      long offset = Long.remainderUnsigned(random.nextLong(), HOUR_MICROS);
      int seat = seatWeights.draw(random);
      slots[i] = new Slot(offset, seat);
      if (random.chance(BURST_START)) {
        burst = 4 + random.below(LONGEST_BURST - 3);
        burstAt = offset;
        burstSeat = seat;
      }
    }
    Arrays.sort(slots);
    return slots;
  }

  private PlannedEvent event(SeededRandom random, int number, Instant time, TenantPlan.Seat seat) {
    TenantPlan.Workspace workspace = seat.workspace();
    TenantPlan.Model model =
        workspace
            .models()
            .get(Weights.of(workspace.models(), TenantPlan.Model::weight).draw(random));
    Shape shape = Shape.of(workspace.mix());
    long prompt = random.logNormal(shape.medianInput(), shape.sigma(), 8, MOST_INPUT);
    long answer = random.logNormal(shape.medianOutput(), 0.9, 1, MOST_OUTPUT);
    Optional<String> user =
        random.chance(0.8) ? Optional.of("user-" + skewedUser(random)) : Optional.empty();
    Optional<String> feature =
        random.chance(0.7)
            ? Optional.of(FEATURES.get(random.below(FEATURES.size())))
            : Optional.empty();
    return new PlannedEvent(
        "s" + seed + "-" + number,
        time,
        seat,
        model.provider(),
        model.model(),
        units(random, model.provider(), model.model(), prompt, answer),
        user,
        feature,
        false);
  }

  private static int skewedUser(SeededRandom random) {
    double u = random.unit();
    return 1 + (int) (USERS * u * u * u);
  }

  /** Splits prompt and answer into disjoint meters, as the models' providers report them. */
  private static Map<String, Long> units(
      SeededRandom random, String provider, String model, long prompt, long answer) {
    Map<String, Long> units = new TreeMap<>();
    long fresh = prompt;
    if (prompt >= 1024 && random.chance(0.45)) {
      long cached = (long) (prompt * (0.3 + 0.6 * random.unit()));
      units.put("cache_read", cached);
      fresh -= cached;
    }
    if (provider.equals("anthropic") && random.chance(0.25)) {
      long written = (long) (fresh * (0.2 + 0.6 * random.unit()));
      units.put(random.chance(0.85) ? "cache_write_5m" : "cache_write_1h", written);
      fresh -= written;
    }
    units.put("input", fresh);
    boolean reasons = !provider.equals("anthropic") && !model.startsWith("gpt-4");
    if (reasons && random.chance(0.5)) {
      units.put("reasoning", random.logNormal(350, 1.0, 1, MOST_OUTPUT));
    }
    units.put("output", answer);
    return units;
  }

  /** Token counts by the kind of work. */
  private record Shape(double medianInput, double sigma, double medianOutput) {
    static Shape of(String mix) {
      return switch (mix) {
        case "research" -> new Shape(9_000, 1.35, 700);
        case "analytics" -> new Shape(3_500, 1.1, 450);
        case "support" -> new Shape(700, 0.8, 160);
        default -> new Shape(1_200, 1.0, 260);
      };
    }
  }

  /** Spreads the events over the hours of the month; the counts add up exactly. */
  private static int[] perHour(SeededRandom random, int events) {
    int hours = MONTH.lengthOfMonth() * 24;
    double[] upTo = new double[hours];
    double sum = 0;
    LocalDateTime start = MONTH.atDay(1).atStartOfDay();
    for (int hour = 0; hour < hours; hour++) {
      LocalDateTime time = start.plusHours(hour);
      double daily = 1.0 + 0.8 * StrictMath.sin(2 * Math.PI * (time.getHour() - 8) / 24.0);
      boolean weekend =
          time.getDayOfWeek() == DayOfWeek.SATURDAY || time.getDayOfWeek() == DayOfWeek.SUNDAY;
      double noise = StrictMath.exp(0.25 * random.gaussian());
      double burst = random.chance(BURST_HOUR) ? BURST_HOUR_FACTOR : 1.0;
      sum += daily * (weekend ? 0.35 : 1.0) * noise * burst;
      upTo[hour] = sum;
    }
    int[] counts = new int[hours];
    int placed = 0;
    for (int hour = 0; hour < hours; hour++) {
      int target = hour == hours - 1 ? events : (int) (events * (upTo[hour] / sum));
      counts[hour] = target - placed;
      placed = target;
    }
    return counts;
  }
}

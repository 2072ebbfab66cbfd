package io.tollgate.streams;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.SecondCount;
import io.tollgate.schemas.avro.SubjectEntry;
import io.tollgate.schemas.avro.SubjectKind;
import io.tollgate.schemas.avro.UsageDelta;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Adds each delta to the tallies of its keys, their workspaces and the organization, and of the
 * users, models and features inside each; and remembers up to which source offset an organization's
 * deltas have come. Old quarter-hours are joined to days, a few at a time.
 *
 * <p>A commit may come in several parts. Each is added as it is, so that memory is bounded by one
 * part; the position moves with the last.
 */
final class TallyByScope implements Processor<String, UsageDelta, String, ScopeChanges> {
  private static final Duration JOIN_DAYS = Duration.ofSeconds(1);

  private final GlobalTables tables;
  private final BudgetBounds bounds;
  private final SubjectsLeftOut leftOut;
  private @Nullable ProcessorContext<String, ScopeChanges> context;
  private @Nullable KeyValueStore<String, Long> positions;
  private @Nullable Tallies tallies;
  private @Nullable OrganizationStates organizations;
  private @Nullable TalliedSubjects subjects;

  /** How far the days before {@link #joinedBefore} have been joined. */
  private Tallies.@Nullable ScopeDay joinedTo;

  private int joinedBefore = Integer.MIN_VALUE;

  TallyByScope(GlobalTables tables, BudgetBounds bounds, SubjectsLeftOut leftOut) {
    this.tables = tables;
    this.bounds = bounds;
    this.leftOut = leftOut;
  }

  @Override
  public void init(ProcessorContext<String, ScopeChanges> task) {
    context = task;
    positions = task.getStateStore(BudgetTopology.TALLY_POSITIONS);
    tallies =
        new Tallies(
            task.getStateStore(BudgetTopology.TALLIES),
            task.getStateStore(BudgetTopology.TALLY_DAYS));
    organizations =
        new OrganizationStates(task.getStateStore(BudgetTopology.ORGANIZATION_STATES), tables);
    subjects = new TalliedSubjects(task.getStateStore(BudgetTopology.TALLIED_SUBJECTS), bounds);
    joinedBefore = Integer.MIN_VALUE;
    task.schedule(JOIN_DAYS, PunctuationType.WALL_CLOCK_TIME, now -> joinDays());
  }

  @Override
  public void process(Record<String, UsageDelta> record) {
    UsageDelta delta = record.value();
    String organization = delta.getOrganizationId();
    Instant now = now();
    OrganizationState before = required(organizations).get(organization);
    OrganizationState state =
        required(organizations)
            .refreshed(organization, before == null ? OrganizationState.NEW : before, now);
    Map<Scope, Map<Integer, Tally>> added = new HashMap<>();
    Map<UserOfKey, Map<Integer, Tally>> users = new HashMap<>();
    addNodes(delta, added);
    state = addSubjects(delta, added, users, state, Tallies.dayOf(now));
    if (!state.equals(before)) {
      required(organizations).put(organization, state);
    }
    ZoneHistory zones = state.zones();
    int firstDayKept = firstDayKept(now);
    added.forEach(
        (scope, quarters) -> {
          Subject subject = scope.subject();
          if (subject == null || subject.kind() != SubjectKind.USER) {
            add(TallyKey.prefix(scope), Tallies.Grain.of(scope), quarters, zones, firstDayKept);
          }
        });
    users.forEach(
        (user, quarters) -> {
          byte[] prefix = TallyKey.prefix(organization, user.user, user.workspace, user.apiKey);
          add(prefix, Tallies.Grain.DAYS, quarters, zones, firstDayKept);
        });
    if (delta.getPart() == delta.getParts() - 1) {
      String position = organization + '/' + delta.getGeneration() + '/' + delta.getPartition();
      required(positions).put(position, delta.getNextOffset());
    }
    required(context)
        .forward(
            record.withValue(
                new ScopeChanges(
                    organization,
                    delta.getCurrency(),
                    added,
                    bySecond(delta),
                    delta.getAppendedFrom())));
  }

  /** Whose cells of a user are kept. */
  private record UserOfKey(Subject user, String workspace, String apiKey) {}

  private void add(
      byte[] prefix,
      Tallies.Grain grain,
      Map<Integer, Tally> quarters,
      @Nullable ZoneHistory zones,
      int firstDayKept) {
    quarters.forEach(
        (quarter, tally) ->
            required(tallies).add(prefix, grain, quarter, tally, zones, firstDayKept));
  }

  /**
   * Sums within the delta first: thousands of keys of one organization touch its own tally once.
   */
  private static void addNodes(UsageDelta delta, Map<Scope, Map<Integer, Tally>> added) {
    for (DeltaEntry entry : delta.getEntries()) {
      Tally tally = new Tally(entry.getRequests(), entry.getUnits(), Money.of(entry.getCost()));
      for (Scope node : nodes(delta, entry.getWorkspaceId(), entry.getApiKeyId())) {
        add(added, node, entry.getQuarterHour(), tally);
      }
    }
  }

  private static Map<Scope, Map<Long, RateWindow.Count>> bySecond(UsageDelta delta) {
    Map<Scope, Map<Long, RateWindow.Count>> added = new HashMap<>();
    for (DeltaEntry entry : delta.getEntries()) {
      for (SecondCount second : entry.getSeconds()) {
        RateWindow.Count count = new RateWindow.Count(second.getRequests(), second.getTokens());
        for (Scope scope : nodes(delta, entry.getWorkspaceId(), entry.getApiKeyId())) {
          added
              .computeIfAbsent(scope, s -> new HashMap<>())
              .merge(second.getSecond(), count, RateWindow.Count::plus);
        }
      }
    }
    return added;
  }

  private OrganizationState addSubjects(
      UsageDelta delta,
      Map<Scope, Map<Integer, Tally>> added,
      Map<UserOfKey, Map<Integer, Tally>> users,
      OrganizationState before,
      int today) {
    OrganizationState state = before;
    Map<Subject, Boolean> tallied = new HashMap<>();
    long others = 0;
    for (SubjectEntry entry : delta.getSubjects()) {
      Subject subject = new Subject(entry.getKind(), entry.getValue());
      Boolean known = tallied.get(subject);
      if (known == null) {
        TalliedSubjects.Admitted admitted =
            required(subjects).admit(delta.getOrganizationId(), subject, state, today);
        state = admitted.state();
        known = admitted.tallied();
        tallied.put(subject, known);
      }
      if (known) {
        Tally tally = new Tally(entry.getRequests(), Map.of(), Money.of(entry.getCost()));
        for (Scope node : nodes(delta, entry.getWorkspaceId(), entry.getApiKeyId())) {
          add(added, node.inside(subject), entry.getQuarterHour(), tally);
        }
        if (subject.kind() == SubjectKind.USER) {
          add(
              users,
              new UserOfKey(subject, entry.getWorkspaceId(), entry.getApiKeyId()),
              entry.getQuarterHour(),
              tally);
        }
      } else {
        others++;
      }
    }
    if (others > 0) {
      leftOut.count(others);
      state = state.withLeftOut(others);
    }
    return state;
  }

  private static List<Scope> nodes(UsageDelta delta, String workspace, String apiKey) {
    String organization = delta.getOrganizationId();
    return List.of(
        Scope.organization(organization),
        Scope.workspace(organization, workspace),
        Scope.apiKey(organization, apiKey));
  }

  private static <K> void add(
      Map<K, Map<Integer, Tally>> added, K to, int quarterHour, Tally tally) {
    added.computeIfAbsent(to, s -> new HashMap<>()).merge(quarterHour, tally, Tally::plus);
  }

  private void joinDays() {
    int firstDayKept = firstDayKept(now());
    if (firstDayKept != joinedBefore) {
      joinedBefore = firstDayKept;
      joinedTo = null;
    }
    for (int i = 0; i < bounds.daysPerStep(); i++) {
      Tallies.ScopeDay day = required(tallies).firstDay(joinedTo, firstDayKept);
      if (day == null) {
        return;
      }
      joinedTo = day;
      ZoneHistory zones = required(organizations).zones(day.organizationId());
      // Where a day begins is not known before the organization is: the next pass finds it.
      if (zones != null) {
        required(tallies).join(day, zones);
      }
    }
  }

  private int firstDayKept(Instant now) {
    return Tallies.dayOf(now.minus(bounds.quarterHoursKept()));
  }

  private Instant now() {
    return Instant.ofEpochMilli(required(context).currentSystemTimeMs());
  }

  private static <T> T required(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("not initialized");
    }
    return value;
  }
}

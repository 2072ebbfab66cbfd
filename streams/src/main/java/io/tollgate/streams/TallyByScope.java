package io.tollgate.streams;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.SecondCount;
import io.tollgate.schemas.avro.SubjectEntry;
import io.tollgate.schemas.avro.SubjectKind;
import io.tollgate.schemas.avro.UsageDelta;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
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
  private final ConsistentReads reads;
  private @Nullable Task task;

  TallyByScope(
      GlobalTables tables, BudgetBounds bounds, SubjectsLeftOut leftOut, ConsistentReads reads) {
    this.tables = tables;
    this.bounds = bounds;
    this.leftOut = leftOut;
    this.reads = reads;
  }

  @Override
  public void init(ProcessorContext<String, ScopeChanges> context) {
    Task opened = new Task(context);
    task = opened;
    TaskCell<TaskTallies> shared = context.getStateStore(BudgetTopology.TASK_TALLIES);
    shared.put(new TaskTallies(opened.tallies, opened.subjects, opened.commits));
    CommitHook hook = context.getStateStore(BudgetTopology.COMMIT_HOOK);
    int partition = context.taskId().partition();
    hook.keepFiles(context);
    hook.beforeCommit(context, () -> reads.write(partition, opened::commit));
    context.schedule(
        JOIN_DAYS,
        PunctuationType.WALL_CLOCK_TIME,
        now -> reads.write(partition, opened::joinDays));
  }

  @Override
  public void process(Record<String, UsageDelta> record) {
    Objects.requireNonNull(task, "not initialized").process(record);
  }

  /** One life of a task: built anew whenever Kafka Streams initializes it. */
  private final class Task {
    private final ProcessorContext<String, ScopeChanges> context;
    private final CommitRequests commits;
    private final KeyValueStore<String, Long> positions;
    private final Tallies tallies;
    private final OrganizationStates organizations;
    private final TalliedSubjects subjects;

    /** Source offsets by store key, since the last commit. */
    private final Map<String, Long> moved = new HashMap<>();

    /** How far the days before {@link #joinedBefore} have been joined. */
    private Tallies.@Nullable ScopeDay joinedTo;

    private int joinedBefore = Integer.MIN_VALUE;

    private Task(ProcessorContext<String, ScopeChanges> context) {
      this.context = context;
      commits = new CommitRequests(context, bounds.alertCommit());
      positions = context.getStateStore(BudgetTopology.TALLY_POSITIONS);
      tallies =
          new Tallies(
              context.getStateStore(BudgetTopology.TALLIES),
              context.getStateStore(BudgetTopology.TALLY_DAYS),
              new UserTallies(context.getStateStore(BudgetTopology.USER_TALLIES)),
              new PendingTallies(context.getStateStore(BudgetTopology.PENDING_TALLIES), bounds));
      organizations =
          new OrganizationStates(context.getStateStore(BudgetTopology.ORGANIZATION_STATES), tables);
      subjects =
          new TalliedSubjects(context.getStateStore(BudgetTopology.TALLIED_SUBJECTS), bounds);
    }

    private void process(Record<String, UsageDelta> record) {
      UsageDelta delta = record.value();
      String organization = delta.getOrganizationId();
      Instant now = now();
      OrganizationState before = organizations.get(organization);
      OrganizationState state =
          organizations.refreshed(
              organization, before == null ? OrganizationState.NEW : before, now);
      Cells cells = new Cells(state.zones(), firstDayKept(now));
      Map<Scope, Map<Integer, Tally>> nodes = nodes(delta);
      nodes.forEach(cells::add);
      List<SubjectEntry> tallied = new ArrayList<>(delta.getSubjects().size());
      state = addSubjects(delta, tallied, cells, state, Tallies.dayOf(now));
      if (!state.equals(before)) {
        organizations.put(organization, state);
      }
      if (delta.getPart() == delta.getParts() - 1) {
        String position = organization + '/' + delta.getGeneration() + '/' + delta.getPartition();
        moved.put(position, delta.getNextOffset());
      }
      context.forward(
          record.withValue(
              new ScopeChanges(
                  organization,
                  delta.getCurrency(),
                  nodes,
                  tallied,
                  bySecond(delta),
                  delta.getAppendedFrom())));
      if (tallies.isFull()) {
        context.commit();
      }
    }

    private OrganizationState addSubjects(
        UsageDelta delta,
        List<SubjectEntry> tallied,
        Cells cells,
        OrganizationState before,
        int today) {
      OrganizationState state = before;
      long others = 0;
      for (SubjectEntry entry : delta.getSubjects()) {
        Subject subject = new Subject(entry.getKind(), entry.getValue());
        TalliedSubjects.Admitted admitted =
            subjects.admit(delta.getOrganizationId(), subject, state, today);
        state = admitted.state();
        if (admitted.tallied()) {
          tallied.add(entry);
          cells.add(delta.getOrganizationId(), subject, entry);
        } else {
          others++;
        }
      }
      cells.addInNodes(delta.getOrganizationId());
      if (others > 0) {
        leftOut.count(others);
        state = state.withLeftOut(others);
      }
      return state;
    }

    /** Where the sums of one delta go. */
    private final class Cells {
      private final @Nullable ZoneHistory zones;
      private final int firstDayKept;

      /** Models and features: a delta has few of them, in many keys. */
      private final Map<Scope, Map<Integer, Tally>> inWorkspaces = new HashMap<>();

      private Cells(@Nullable ZoneHistory zones, int firstDayKept) {
        this.zones = zones;
        this.firstDayKept = firstDayKept;
      }

      private void add(Scope scope, Map<Integer, Tally> quarters) {
        quarters.forEach((quarter, tally) -> add(Cell.of(scope, quarter), tally));
      }

      private void add(String organization, Subject subject, SubjectEntry entry) {
        Tally tally = new Tally(entry.getRequests(), Units.NONE, Money.of(entry.getCost()));
        String workspace = entry.getWorkspaceId();
        String apiKey = entry.getApiKeyId();
        int quarter = entry.getQuarterHour();
        if (subject.kind() == SubjectKind.USER) {
          Scope user = Scope.organization(organization).inside(subject);
          add(new Cell(user, workspace, apiKey, quarter), tally);
          return;
        }
        add(Cell.of(Scope.apiKey(organization, apiKey).inside(subject), quarter), tally);
        Scope inWorkspace = Scope.workspace(organization, workspace).inside(subject);
        ScopeChanges.add(inWorkspaces, inWorkspace, quarter, tally);
      }

      /** Of an organization that is the sum of its workspaces. */
      private void addInNodes(String organization) {
        Map<Scope, Map<Integer, Tally>> inOrganization = new HashMap<>();
        inWorkspaces.forEach(
            (scope, quarters) -> {
              add(scope, quarters);
              Scope whole =
                  Scope.organization(organization)
                      .inside(Objects.requireNonNull(scope.subject(), "of subjects only"));
              quarters.forEach(
                  (quarter, tally) -> ScopeChanges.add(inOrganization, whole, quarter, tally));
            });
        inOrganization.forEach(this::add);
      }

      private void add(Cell cell, Tally tally) {
        tallies.add(cell, tally, zones, firstDayKept);
      }
    }

    /** The moment before a commit. */
    private void commit() {
      Map<String, Optional<ZoneHistory>> known = new HashMap<>();
      tallies.commit(
          organization ->
              known
                  .computeIfAbsent(organization, id -> Optional.ofNullable(organizations.zones(id)))
                  .orElse(null),
          firstDayKept(now()));
      moved.forEach(positions::put);
      moved.clear();
      commits.committed();
    }

    private void joinDays() {
      int firstDayKept = firstDayKept(now());
      if (firstDayKept != joinedBefore) {
        joinedBefore = firstDayKept;
        joinedTo = null;
      }
      for (int i = 0; i < bounds.daysPerStep(); i++) {
        Tallies.ScopeDay day = tallies.firstDay(joinedTo, firstDayKept);
        if (day == null) {
          return;
        }
        joinedTo = day;
        ZoneHistory zones = organizations.zones(day.organizationId());
        // Where a day begins is not known before the organization is: the next pass finds it.
        if (zones != null) {
          tallies.join(day, zones);
        }
      }
    }

    private int firstDayKept(Instant now) {
      return Tallies.dayOf(now.minus(bounds.quarterHoursKept()));
    }

    private Instant now() {
      return Instant.ofEpochMilli(context.currentSystemTimeMs());
    }
  }

  /**
   * Sums within the delta first: thousands of keys of one organization touch its own tally once.
   */
  private static Map<Scope, Map<Integer, Tally>> nodes(UsageDelta delta) {
    Map<Scope, Map<Integer, Tally>> added = HashMap.newHashMap(2 * delta.getEntries().size());
    Map<Scope, Map<Integer, Tally>> workspaces = new HashMap<>();
    String organization = delta.getOrganizationId();
    for (DeltaEntry entry : delta.getEntries()) {
      Tally tally = new Tally(entry.getRequests(), entry.getUnits(), Money.of(entry.getCost()));
      int quarter = entry.getQuarterHour();
      ScopeChanges.add(added, Scope.apiKey(organization, entry.getApiKeyId()), quarter, tally);
      Scope workspace = Scope.workspace(organization, entry.getWorkspaceId());
      ScopeChanges.add(workspaces, workspace, quarter, tally);
    }
    Scope whole = Scope.organization(organization);
    workspaces.forEach(
        (scope, quarters) -> {
          added.put(scope, quarters);
          quarters.forEach((quarter, tally) -> ScopeChanges.add(added, whole, quarter, tally));
        });
    return added;
  }

  private static Map<Scope, Map<Long, RateWindow.Count>> bySecond(UsageDelta delta) {
    Map<Scope, Map<Long, RateWindow.Count>> added = new HashMap<>();
    for (DeltaEntry entry : delta.getEntries()) {
      for (SecondCount second : entry.getSeconds()) {
        RateWindow.Count count = new RateWindow.Count(second.getRequests(), second.getTokens());
        for (Scope scope :
            ScopeChanges.nodes(
                delta.getOrganizationId(), entry.getWorkspaceId(), entry.getApiKeyId())) {
          added
              .computeIfAbsent(scope, s -> new HashMap<>())
              .merge(second.getSecond(), count, RateWindow.Count::plus);
        }
      }
    }
    return added;
  }
}

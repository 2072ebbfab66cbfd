package io.tollgate.streams;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.QuarterHour;
import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.SubjectEntry;
import io.tollgate.schemas.avro.SubjectKind;
import io.tollgate.schemas.avro.UsageDelta;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * By hand: the CPU time of the budget topology per event, with its real stores and a commit after
 * each delta, where nearly each event is a user of its own. Another thread's work does not count,
 * so that a busy machine tells much the same.
 */
final class BudgetThroughput {
  private static final int EVENTS_PER_DELTA = 1_000;
  private static final int KEYS = 500;
  private static final int USERS = 9_000;
  private static final int ROUNDS = 6;
  private static final int DELTAS = 100;

  private BudgetThroughput() {}

  public static void main(String[] args) throws IOException {
    SplittableRandom random = new SplittableRandom(1);
    try (BudgetDriver driver =
        new BudgetDriver(Files.createTempDirectory("budget"), BudgetBounds.standard())) {
      driver.inZone("UTC");
      for (int round = 0; round < ROUNDS; round++) {
        List<UsageDelta> deltas = new ArrayList<>();
        for (int i = 0; i < DELTAS; i++) {
          deltas.add(delta(round * DELTAS + i + 1, random));
        }
        long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        deltas.forEach(driver::add);
        long spent = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before;
        System.out.printf(
            Locale.ROOT, "%,d ns CPU per event%n", spent / (DELTAS * EVENTS_PER_DELTA));
      }
    }
  }

  private static UsageDelta delta(long offset, SplittableRandom random) {
    Map<Integer, Integer> perKey = new TreeMap<>();
    List<SubjectEntry> subjects = new ArrayList<>();
    for (int i = 0; i < EVENTS_PER_DELTA; i++) {
      int key = (int) (KEYS * Math.pow(random.nextDouble(), 3));
      perKey.merge(key, 1, Integer::sum);
      subjects.add(subject(key, SubjectKind.USER, "user-" + random.nextInt(USERS)));
    }
    List<DeltaEntry> entries = new ArrayList<>();
    for (int key : perKey.keySet()) {
      entries.add(BudgetRecords.entry("ws-" + key % 3, "key-" + key, BudgetDriver.START, "0.01"));
      subjects.add(subject(key, SubjectKind.MODEL, "model-" + key % 3));
      subjects.add(subject(key, SubjectKind.FEATURE, "chat"));
    }
    return BudgetRecords.delta(offset).setEntries(entries).setSubjects(subjects).build();
  }

  private static SubjectEntry subject(int key, SubjectKind kind, String value) {
    return SubjectEntry.newBuilder()
        .setWorkspaceId("ws-" + key % 3)
        .setApiKeyId("key-" + key)
        .setKind(kind)
        .setValue(value)
        .setQuarterHour(QuarterHour.of(BudgetDriver.START).number())
        .setRequests(1)
        .setCost(Money.parse("0.01").value())
        .build();
  }
}

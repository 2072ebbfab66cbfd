package io.tollgate.streams.simulation;

import static io.tollgate.streams.simulation.InvariantBroken.unless;

import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.RatedKind;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.SubjectEntry;
import io.tollgate.schemas.avro.UsageDelta;
import io.tollgate.schemas.avro.UsageEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The auditor of the roll-up: each commit's deltas say what each commit's rated usage adds up to.
 */
final class DeltaLedger {
  private static final int SECONDS_PER_QUARTER = 900;

  private final Wire wire;

  DeltaLedger(Wire wire) {
    this.wire = wire;
  }

  void audit(Commit commit) {
    Map<List<Object>, AuditedSum> rated = new HashMap<>();
    Map<List<Object>, AuditedSum> told = new HashMap<>();
    for (SimulatedBroker.Entry entry : commit.written()) {
      if (entry.topic().equals("usage.rated")) {
        RatedUsage usage = wire.read(entry.value(), RatedUsage.class);
        UsageEvent event = usage.getEvent();
        int quarter =
            Math.toIntExact(
                Math.floorDiv(event.getEventTime().getEpochSecond(), SECONDS_PER_QUARTER));
        long count = usage.getKind() == RatedKind.REVERSAL ? -1 : 1;
        rated
            .computeIfAbsent(
                List.of(
                    usage.getPosition().getPartition(),
                    event.getOrganizationId(),
                    usage.getCurrency(),
                    event.getWorkspaceId(),
                    event.getApiKeyId(),
                    quarter),
                key -> new AuditedSum())
            .add(count, event.getUnits(), usage.getCost());
        for (String[] subject : subjects(event)) {
          rated
              .computeIfAbsent(
                  subjectKey(
                      usage.getPosition().getPartition(),
                      event.getOrganizationId(),
                      event.getWorkspaceId(),
                      event.getApiKeyId(),
                      quarter,
                      subject[0],
                      subject[1]),
                  key -> new AuditedSum())
              .add(count, Map.of(), usage.getCost());
        }
      } else if (entry.topic().equals("usage.deltas")) {
        UsageDelta delta = wire.read(entry.value(), UsageDelta.class);
        for (DeltaEntry one : delta.getEntries()) {
          told.computeIfAbsent(
                  List.of(
                      delta.getPartition(),
                      delta.getOrganizationId(),
                      delta.getCurrency(),
                      one.getWorkspaceId(),
                      one.getApiKeyId(),
                      one.getQuarterHour()),
                  key -> new AuditedSum())
              .add(one.getRequests(), one.getUnits(), one.getCost());
        }
        for (SubjectEntry one : delta.getSubjects()) {
          told.computeIfAbsent(
                  subjectKey(
                      delta.getPartition(),
                      delta.getOrganizationId(),
                      one.getWorkspaceId(),
                      one.getApiKeyId(),
                      one.getQuarterHour(),
                      one.getKind().name(),
                      one.getValue()),
                  key -> new AuditedSum())
              .add(one.getRequests(), Map.of(), one.getCost());
        }
      }
    }
    unless(
        text(rated).equals(text(told)),
        "deltas-equal-rated",
        "rated %s, told %s",
        text(rated),
        text(told));
  }

  private static List<Object> subjectKey(Object... parts) {
    return List.of(parts);
  }

  /** The user, model and feature of an event, each with its kind. */
  private static List<String[]> subjects(UsageEvent event) {
    List<String[]> subjects = new ArrayList<>();
    subjects.add(new String[] {"MODEL", event.getModel()});
    if (event.getUser() != null) {
      subjects.add(new String[] {"USER", event.getUser()});
    }
    if (event.getFeature() != null) {
      subjects.add(new String[] {"FEATURE", event.getFeature()});
    }
    return subjects;
  }

  private static Map<String, String> text(Map<List<Object>, AuditedSum> sums) {
    Map<String, String> text = new TreeMap<>();
    sums.forEach(
        (key, sum) -> {
          // What comes to nothing need not be told.
          if (!sum.isNothing()) {
            text.put(key.toString(), sum.toString());
          }
        });
    return text;
  }
}

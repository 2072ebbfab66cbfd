package io.tollgate.app.chaos;

import io.tollgate.app.chaos.LineProbe.Member;
import io.tollgate.schemas.Topics;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Whether the streams instances can be told apart by Kafka: every thread has a static name of its
 * own, and no two instances have a transactional id in common, by which one would fence the other.
 */
record Identities(LineProbe probe) {
  private static final String METER = "tollgate-meter-";

  /** What clashes, for people. */
  List<String> clashes(Set<String> instances) {
    List<String> clashes = new ArrayList<>();
    List<String> names =
        probe.group(Topics.USAGE_EVENTS).members().stream().map(Member::name).toList();
    Map<String, Integer> threads = new TreeMap<>();
    names.forEach(name -> threads.merge(CommitWatch.instance(name), 1, Integer::sum));
    if (new HashSet<>(names).size() != names.size() || !threads.keySet().equals(instances)) {
      clashes.add("static names of the meter group: " + names + ", instances: " + instances);
    }
    // application - process, which is kept in the state folder - thread
    List<String> ids =
        probe.transactionalIds().stream().filter(id -> id.startsWith(METER)).toList();
    Set<String> processes = new HashSet<>();
    ids.forEach(id -> processes.add(CommitWatch.instance(id)));
    if (processes.size() != instances.size() || ids.size() < names.size()) {
      clashes.add("transactional ids: " + ids + ", static names: " + names);
    }
    return clashes;
  }
}

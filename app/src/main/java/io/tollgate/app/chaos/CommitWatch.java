package io.tollgate.app.chaos;

import io.tollgate.app.chaos.LineProbe.BrokerSilent;
import io.tollgate.app.chaos.LineProbe.Group;
import io.tollgate.app.chaos.LineProbe.Member;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.Topics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Who has committed since this watch began. A commit is a process's own when the committed offset
 * of a partition grew between two looks at both of which the process owned the partition; so what a
 * killed process left half done is not taken for its successor's work.
 */
final class CommitWatch {
  private static final List<Topic<?>> READ_BY_STREAMS =
      List.of(Topics.USAGE_EVENTS, Topics.USAGE_DELTAS);

  private final LineProbe probe;
  private final SendLedger ledger;
  private final long acknowledgedBefore;
  private final Map<Topic<?>, Group> last = new HashMap<>();

  /** Topic and member that have committed. */
  private final Set<Map.Entry<Topic<?>, String>> done = new HashSet<>();

  /**
   * Who is to commit.
   *
   * @param streams static names of the streams instances
   * @param landings how many landing processes, which have no static names
   * @param gateway whether the gateway is to have had an acknowledgement
   */
  record Expected(Set<String> streams, int landings, boolean gateway) {
    Expected {
      streams = Set.copyOf(streams);
    }
  }

  CommitWatch(LineProbe probe, SendLedger ledger) {
    this.probe = probe;
    this.ledger = ledger;
    this.acknowledgedBefore = ledger.acknowledgements();
  }

  /** Looks once; a broker that does not answer now is asked again the next time. */
  void look() {
    try {
      for (Topic<?> topic : READ_BY_STREAMS) {
        look(topic);
      }
      look(Topics.USAGE_RATED);
    } catch (BrokerSilent notNow) {
      last.clear();
    }
  }

  private void look(Topic<?> topic) {
    Group now = probe.group(topic);
    Group before = last.put(topic, now);
    if (before == null) {
      return;
    }
    for (Member member : now.members()) {
      for (int partition : member.partitions()) {
        boolean owned =
            before.members().stream()
                .anyMatch(
                    m -> m.name().equals(member.name()) && m.partitions().contains(partition));
        if (owned && offset(now, partition) > offset(before, partition)) {
          done.add(Map.entry(topic, member.name()));
        }
      }
    }
  }

  private static long offset(Group group, int partition) {
    var committed = group.committed().get(partition);
    return committed == null ? 0 : committed.offset();
  }

  /** Forgets what a member has committed: it has just been started again. */
  void forget(String streams) {
    done.removeIf(entry -> instance(entry.getValue()).equals(streams));
  }

  /** What is missing until these have committed; others may be dead still. Empty when all have. */
  List<String> missing(Expected survivors) {
    List<String> missing = new ArrayList<>();
    for (Topic<?> topic : READ_BY_STREAMS) {
      for (String name : survivors.streams()) {
        streams(topic, name, missing);
      }
    }
    long landed = done.stream().filter(entry -> entry.getKey().equals(Topics.USAGE_RATED)).count();
    if (landed < survivors.landings()) {
      missing.add(landed + " of " + survivors.landings() + " landings have committed");
    }
    if (survivors.gateway() && ledger.acknowledgements() <= acknowledgedBefore) {
      missing.add("the gateway has no acknowledgement");
    }
    return missing;
  }

  /** As {@link #missing}, and nothing may be owned by anybody else, or by nobody. */
  List<String> missingOfAll(Expected all) {
    List<String> missing = new ArrayList<>(missing(all));
    missing.addAll(unowned(all));
    List<Member> landings = group(Topics.USAGE_RATED).members();
    long owners = landings.stream().filter(member -> !member.partitions().isEmpty()).count();
    if (landings.size() != all.landings() || owners != all.landings()) {
      missing.add(owners + " of " + all.landings() + " landings own partitions");
    }
    return missing;
  }

  /** The partitions that none of these owns. */
  List<String> unowned(Expected live) {
    List<String> unowned = new ArrayList<>();
    for (Topic<?> topic : READ_BY_STREAMS) {
      unowned.addAll(unowned(topic, group(topic), live.streams()));
    }
    return unowned;
  }

  private Group group(Topic<?> topic) {
    return last.getOrDefault(topic, new Group(List.of(), Map.of()));
  }

  private void streams(Topic<?> topic, String name, List<String> missing) {
    List<Member> threads =
        group(topic).members().stream()
            .filter(member -> instance(member.name()).equals(name))
            .filter(member -> !member.partitions().isEmpty())
            .toList();
    // There are fewer partitions of deltas than instances may be.
    if (threads.isEmpty() && topic.equals(Topics.USAGE_EVENTS)) {
      missing.add(name + " owns nothing of " + topic.name());
    }
    for (Member thread : threads) {
      if (!done.contains(Map.entry(topic, thread.name()))) {
        missing.add(thread.name() + " has not committed " + topic.name());
      }
    }
  }

  private static List<String> unowned(Topic<?> topic, Group group, Set<String> streams) {
    Set<Integer> owned = new HashSet<>();
    for (Member member : group.members()) {
      if (streams.contains(instance(member.name()))) {
        owned.addAll(member.partitions());
      }
    }
    if (group.committed().isEmpty()) {
      return List.of("nobody reads " + topic.name());
    }
    return group.committed().keySet().stream()
        .filter(partition -> !owned.contains(partition))
        .map(partition -> topic.name() + " " + partition + " has no live owner")
        .toList();
  }

  /** The instance in a static name, which ends in a thread's number. */
  static String instance(String member) {
    int dash = member.lastIndexOf('-');
    return dash < 0 ? member : member.substring(0, dash);
  }
}

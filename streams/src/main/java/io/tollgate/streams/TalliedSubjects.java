package io.tollgate.streams;

import io.tollgate.schemas.avro.SubjectKind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which users, models and features of an organization are tallied. Their number is bounded, because
 * a gateway may send a new "user" with every request; one with a budget always is.
 *
 * <p>Kept is the day of each one's newest usage. Where the bound is reached, those without usage
 * for long make room, looked for at most once a day; their tallies stay.
 */
final class TalliedSubjects {
  /** The day of one that a budget is on: it never makes room. */
  private static final int PINNED = Integer.MAX_VALUE;

  private static final Logger LOG = LoggerFactory.getLogger(TalliedSubjects.class);

  private final KeyValueStore<Bytes, byte[]> store;
  private final BudgetBounds bounds;
  private final RecentSubjects recent = new RecentSubjects();

  /**
   * @param store without a cache; of nobody else
   */
  TalliedSubjects(KeyValueStore<Bytes, byte[]> store, BudgetBounds bounds) {
    this.store = store;
    this.bounds = bounds;
  }

  /** Whether a subject is tallied, and the state of its organization after that was asked. */
  record Admitted(boolean tallied, OrganizationState state) {}

  /**
   * @param today in days since the epoch, UTC
   */
  Admitted admit(String organizationId, Subject subject, OrganizationState state, int today) {
    int seen = day(organizationId, subject);
    if (seen != RecentSubjects.ABSENT) {
      if (seen < today) {
        put(organizationId, subject, today);
      }
      return new Admitted(true, state);
    }
    OrganizationState swept = state;
    OrganizationState.Subjects known = swept.subjects(subject.kind());
    if (known.count() >= bounds.most(subject.kind()) && known.sweptOn() < today) {
      swept = sweep(organizationId, subject.kind(), state, today);
      known = swept.subjects(subject.kind());
    }
    if (known.count() >= bounds.most(subject.kind())) {
      return new Admitted(false, swept);
    }
    return new Admitted(true, add(organizationId, subject, swept, today));
  }

  /** Has a subject tallied for as long as a budget is on it. */
  OrganizationState pin(String organizationId, Subject subject, OrganizationState state) {
    if (day(organizationId, subject) == RecentSubjects.ABSENT) {
      return add(organizationId, subject, state, PINNED);
    }
    put(organizationId, subject, PINNED);
    return state;
  }

  /** The last budget on a subject is gone. */
  void unpin(String organizationId, Subject subject, int today) {
    put(organizationId, subject, today);
  }

  private int day(String organizationId, Subject subject) {
    int known = recent.get(organizationId, subject);
    if (known != RecentSubjects.UNKNOWN) {
      return known;
    }
    byte[] stored = store.get(key(organizationId, subject));
    int day = stored == null ? RecentSubjects.ABSENT : dayOf(stored);
    recent.put(organizationId, subject, day);
    return day;
  }

  private void put(String organizationId, Subject subject, int day) {
    store.put(key(organizationId, subject), bytes(day));
    recent.put(organizationId, subject, day);
  }

  private OrganizationState add(
      String organizationId, Subject subject, OrganizationState state, int day) {
    put(organizationId, subject, day);
    OrganizationState.Subjects known = state.subjects(subject.kind());
    return state.with(
        subject.kind(), new OrganizationState.Subjects(known.count() + 1, known.sweptOn()));
  }

  private OrganizationState sweep(
      String organizationId, SubjectKind kind, OrganizationState state, int today) {
    long oldest = today - bounds.subjectsKept().toDays();
    int removed = 0;
    byte[] prefix = prefix(organizationId, kind);
    byte[] end = prefix.clone();
    // '0' follows '/' in ASCII: the range holds exactly the keys with the prefix.
    end[end.length - 1]++;
    try (KeyValueIterator<Bytes, byte[]> all = store.range(Bytes.wrap(prefix), Bytes.wrap(end))) {
      while (all.hasNext()) {
        KeyValue<Bytes, byte[]> one = all.next();
        if (dayOf(one.value) < oldest) {
          store.delete(one.key);
          removed++;
        }
      }
    }
    recent.clear();
    int left = state.subjects(kind).count() - removed;
    if (left >= bounds.most(kind)) {
      LOG.warn(
          "organization {} has more than {} of {}; usage of others is not tallied by it",
          organizationId,
          bounds.most(kind),
          kind);
    }
    return state.with(kind, new OrganizationState.Subjects(left, today));
  }

  private static Bytes key(String organizationId, Subject subject) {
    byte[] prefix = prefix(organizationId, subject.kind());
    byte[] value = subject.value().getBytes(StandardCharsets.UTF_8);
    return Bytes.wrap(
        ByteBuffer.allocate(prefix.length + value.length).put(prefix).put(value).array());
  }

  private static byte[] prefix(String organizationId, SubjectKind kind) {
    return (organizationId + '/' + kind.ordinal() + '/').getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] bytes(int day) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(day).array();
  }

  private static int dayOf(byte[] bytes) {
    return ByteBuffer.wrap(bytes).getInt();
  }
}

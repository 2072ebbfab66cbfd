package io.tollgate.streams;

import io.tollgate.rating.PriceBooks;
import io.tollgate.rating.PriceVersion;
import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.CorrectedBody;
import io.tollgate.schemas.Fingerprint;
import io.tollgate.schemas.avro.Correction;
import io.tollgate.schemas.avro.UsageEvent;
import io.tollgate.streams.DedupMemory.Entry;
import io.tollgate.streams.DedupMemory.State;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What one partition knows of the events it has accepted: the one place where a correction is
 * compared with the body in force, and where the body in force is set.
 *
 * <p>An event is remembered by its identity with the digest it first came with, so that a copy of
 * it is a duplicate also after it was corrected. Once it is amended, the body in force has an entry
 * of its own ({@link Fingerprint#ofAmended}), with the price that it was given. A correction that
 * took effect is remembered by its own identity. Every correction renews what is remembered of its
 * original, so that the parts are forgotten together.
 */
final class AcceptedEvents {
  private final DedupMemory memory;
  private final PriceRefs prices;

  AcceptedEvents(DedupMemory memory, PriceRefs prices) {
    this.memory = memory;
    this.prices = prices;
  }

  /** What is remembered of an event; null if it is new. */
  @Nullable Entry find(Fingerprint fingerprint) {
    return memory.find(fingerprint);
  }

  PriceRefs prices() {
    return prices;
  }

  /** Judges a correction; changes nothing. */
  CorrectionVerdict judge(AdmittedEvent admitted, PriceBooks visible) {
    UsageEvent event = admitted.event();
    Correction correction = correctionOf(event);
    String originalId = correction.getOriginalId();
    Entry known = memory.find(admitted.fingerprint());
    if (known != null) {
      return known.digest().equals(admitted.digest())
          ? new CorrectionVerdict.Duplicate()
          : new CorrectionVerdict.Conflict(
              "id", event.getId(), "was accepted before with another body", known.digest());
    }
    Fingerprint original = original(event, originalId);
    Entry root = memory.find(original);
    if (root == null) {
      return new CorrectionVerdict.Ahead(original, null);
    }
    Entry inForce = inForce(event, originalId, root);
    if (root.state() == State.VOIDED) {
      return new CorrectionVerdict.Conflict(
          "correction.original_id", originalId, "is void, which is final", inForce.digest());
    }
    UsageEvent body = CorrectedBody.of(correction);
    BodyDigest named = namedBy(event);
    if (named.equals(inForce.digest())) {
      return inForce.priceRef() > PriceRefs.WRITTEN_OFF
              && version(inForce.priceRef(), visible) == null
          ? new CorrectionVerdict.PriceBehind()
          : new CorrectionVerdict.Apply(
              new AppliedCorrection(admitted, correction.getKind(), body, inForce));
    }
    Fingerprint awaited = identity(body, originalId);
    if (awaited.equals(original) || memory.find(awaited) != null) {
      // That body was in force, or never will be: an id is accepted with one body.
      return new CorrectionVerdict.Conflict(
          "correction.original_digest",
          named.toString(),
          "must be that of the body in force",
          inForce.digest());
    }
    return new CorrectionVerdict.Ahead(awaited, inForce.digest());
  }

  /** Remembers an event that is new, with its price. */
  void accept(AdmittedEvent admitted, int priceRef) {
    memory.put(
        admitted.fingerprint(),
        new Entry(admitted.digest(), State.LIVE, priceRef),
        appendedAt(admitted));
  }

  /** The original of a correction is void from now on. */
  void voided(AppliedCorrection applied) {
    set(applied, State.VOIDED);
  }

  /**
   * A correction's own body is in force from now on.
   *
   * @param priceRef of that body
   */
  void amended(AppliedCorrection applied, int priceRef) {
    UsageEvent event = applied.event().event();
    set(applied, State.AMENDED);
    memory.put(
        amended(event, originalId(event)),
        new Entry(BodyDigest.inForce(event), State.LIVE, priceRef),
        appendedAt(applied.event()));
  }

  private void set(AppliedCorrection applied, State state) {
    AdmittedEvent admitted = applied.event();
    long appendedAt = appendedAt(admitted);
    Fingerprint original = original(admitted.event(), originalId(admitted.event()));
    Entry root = Objects.requireNonNull(memory.find(original), "judged without its original");
    memory.put(original, new Entry(root.digest(), state, root.priceRef()), appendedAt);
    memory.put(
        admitted.fingerprint(),
        new Entry(admitted.digest(), State.LIVE, Entry.NOT_PRICED),
        appendedAt);
  }

  /** A parked event has got its price, or was written off; nothing to do if it is forgotten. */
  void priced(UsageEvent event, int priceRef, long appendedAt) {
    Correction correction = event.getCorrection();
    Fingerprint fingerprint =
        correction == null ? Fingerprint.of(event) : amended(event, correction.getOriginalId());
    Entry known = memory.find(fingerprint);
    if (known != null) {
      memory.put(fingerprint, new Entry(known.digest(), known.state(), priceRef), appendedAt);
    }
  }

  /** The version with a number, as it is visible here; null if it has not come yet. */
  @Nullable PriceVersion version(int priceRef, PriceBooks visible) {
    PriceRefs.Version name = prices.version(priceRef);
    return visible.version(name.book(), name.number());
  }

  /** The identity of the event that brought a body: of the original, or of an amendment of it. */
  static Fingerprint identity(UsageEvent body, String originalId) {
    return body.getId().equals(originalId)
        ? original(body, originalId)
        : Fingerprint.ofCorrection(
            body.getOrganizationId(), body.getSource(), originalId, body.getId());
  }

  /** The digest of the body that a correction takes for the one in force. */
  static BodyDigest namedBy(UsageEvent event) {
    return BodyDigest.fromBytes(correctionOf(event).getOriginalDigest());
  }

  static String originalId(UsageEvent event) {
    return correctionOf(event).getOriginalId();
  }

  private Entry inForce(UsageEvent event, String originalId, Entry root) {
    if (root.state() == State.LIVE) {
      return root;
    }
    Entry amended = memory.find(amended(event, originalId));
    return amended == null ? root : amended;
  }

  private static Fingerprint original(UsageEvent event, String originalId) {
    return Fingerprint.of(event.getOrganizationId(), event.getSource(), originalId);
  }

  private static Fingerprint amended(UsageEvent event, String originalId) {
    return Fingerprint.ofAmended(event.getOrganizationId(), event.getSource(), originalId);
  }

  private static long appendedAt(AdmittedEvent admitted) {
    return admitted.source().position().getAppendedAt().toEpochMilli();
  }

  private static Correction correctionOf(UsageEvent event) {
    return Objects.requireNonNull(event.getCorrection(), "not a correction");
  }
}

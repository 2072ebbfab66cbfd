package io.tollgate.streams.simulation;

import static io.tollgate.streams.simulation.InvariantBroken.unless;

import io.tollgate.schemas.avro.Charge;
import io.tollgate.schemas.avro.Correction;
import io.tollgate.schemas.avro.CorrectionKind;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.UsageEvent;
import io.tollgate.streams.simulation.UsageItem.Outcome;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The auditor's account of which body of each event is in force, and of what corrections may do to
 * it: a correction is a comparison with the body in force, a void is final, and what is taken back
 * is taken back at the price it had.
 */
final class CorrectionLedger {
  private final Wire wire;
  private final Map<List<String>, Root> roots = new HashMap<>();

  /** Originals of which another body came into force in the transaction that is being audited. */
  private final Set<List<String>> moved = new HashSet<>();

  private long reversals;

  /** An event and what corrections have made of it. */
  private static final class Root {
    private UsageItem inForce;
    private boolean isVoid;

    private Root(UsageItem inForce) {
      this.inForce = inForce;
    }
  }

  /** How a correction stands to its original. */
  enum Standing {
    /** The body it names is the one in force. */
    FITS,
    /** Its original has not come. */
    NO_ORIGINAL,
    /** Another body is in force, or none any more. */
    OTHER_BODY
  }

  CorrectionLedger(Wire wire) {
    this.wire = wire;
  }

  /** An event that is no correction counts from now on. */
  void accepted(UsageItem item) {
    roots.putIfAbsent(item.identity(), new Root(item));
  }

  Standing standing(UsageItem item) {
    Root root = roots.get(item.root());
    if (root == null) {
      return Standing.NO_ORIGINAL;
    }
    return !root.isVoid && named(item).equals(body(root.inForce))
        ? Standing.FITS
        : Standing.OTHER_BODY;
  }

  /** A transaction begins. */
  void begin() {
    moved.clear();
  }

  /** Whether the body in force became another in this transaction, at a time nobody tells. */
  boolean hasMoved(UsageItem item) {
    return moved.contains(item.root());
  }

  /** The record whose body a correction takes back. */
  UsageItem taken(UsageItem item) {
    return Objects.requireNonNull(roots.get(item.root())).inForce;
  }

  private UsageEvent named(UsageItem item) {
    ByteBuffer bytes = correction(item).getOriginalBody();
    byte[] body = new byte[bytes.remaining()];
    bytes.get(bytes.position(), body);
    return UsageItem.withoutDoor(wire.readBody(body, UsageEvent.class));
  }

  private static UsageEvent body(UsageItem item) {
    return UsageItem.withoutDoor(UsageEvent.newBuilder(item.event()).setCorrection(null).build());
  }

  private static Correction correction(UsageItem item) {
    return Objects.requireNonNull(item.correction());
  }

  /**
   * A correction takes effect.
   *
   * @param reversal what was told of what it takes back; null if nothing was
   */
  void apply(UsageItem item, @Nullable RatedUsage reversal) {
    Root root = Objects.requireNonNull(roots.get(item.root()));
    UsageItem taken = root.inForce;
    moved.add(item.root());
    switch (taken.outcome) {
      case RATED -> checkReversal(item, taken, reversal);
      case UNRATED -> {
        unless(reversal == null, "reversed-as-rated", "%s was never rated", taken);
        taken.outcome = Outcome.WITHDRAWN;
      }
      case WRITTEN_OFF ->
          unless(reversal == null, "reversed-as-rated", "%s was written off", taken);
      default -> throw new InvariantBroken("reversed-as-rated", taken + " does not count");
    }
    if (correction(item).getKind() == CorrectionKind.VOID) {
      root.isVoid = true;
      item.outcome = Outcome.VOID;
    } else {
      root.inForce = item;
    }
  }

  private void checkReversal(UsageItem item, UsageItem taken, @Nullable RatedUsage reversal) {
    unless(reversal != null, "reversed-as-rated", "%s does not take %s back", item, taken);
    RatedUsage told = Objects.requireNonNull(reversal);
    RatedUsage was = Objects.requireNonNull(taken.rated);
    Map<String, Long> units = new HashMap<>();
    was.getEvent().getUnits().forEach((meter, count) -> units.put(meter, -count));
    UsageEvent negated =
        UsageEvent.newBuilder(was.getEvent()).setCorrection(null).setUnits(units).build();
    List<Charge> charges = new ArrayList<>();
    for (Charge charge : was.getCharges()) {
      charges.add(
          new Charge(
              charge.getMeter(), -charge.getUnits(), charge.getRate(), charge.getCost().negate()));
    }
    unless(
        UsageItem.withoutDoor(told.getEvent()).equals(UsageItem.withoutDoor(negated))
            && told.getCharges().equals(charges)
            && told.getCost().compareTo(was.getCost().negate()) == 0
            && told.getCurrency().equals(was.getCurrency())
            && told.getPriceBookId().equals(was.getPriceBookId())
            && told.getPriceVersion() == was.getPriceVersion()
            && Objects.equals(told.getContextOver(), was.getContextOver())
            && item.event().getId().equals(told.getCorrectionId()),
        "reversed-as-rated",
        "%s takes %s back as %s, which was rated as %s",
        item,
        taken,
        told,
        was);
    reversals++;
  }

  /** Reversals that were told so far, of all partitions. */
  long reversals() {
    return reversals;
  }
}

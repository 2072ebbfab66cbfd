package io.tollgate.streams;

import io.tollgate.rating.PriceBooks;
import io.tollgate.rating.PriceVersion;
import io.tollgate.streams.ParkedEvents.Model;
import io.tollgate.streams.ParkedEvents.Parked;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Goes through what is parked whenever prices or write-offs have changed: the models that the
 * change names, and of these every event, a bounded number of steps at a time. A change during a
 * pass is taken up by another one.
 */
final class ParkedSweep {
  /** Models looked at per run, besides the events that are tried. */
  static final int MODELS_AT_ONCE = 1_000;

  private final ParkedEvents parked;

  /** By these nothing that is parked has a price or is written off. */
  private PriceBooks sweptBy = PriceBooks.EMPTY;

  private WriteOffs writtenOffBy = WriteOffs.NONE;

  private boolean sweeping;
  private PriceBooks prices = PriceBooks.EMPTY;
  private WriteOffs writeOffs = WriteOffs.NONE;
  private List<PriceVersion> added = List.of();
  private Set<Model> named = Set.of();
  private @Nullable Model at;
  private boolean inModel;
  private @Nullable Bytes after;
  private boolean complete;

  ParkedSweep(ParkedEvents parked) {
    this.parked = parked;
  }

  /** To be called when nothing is parked: what comes has no price by these. */
  void startFrom(PriceBooks visible, WriteOffs decided) {
    sweptBy = visible;
    writtenOffBy = decided;
    sweeping = false;
  }

  /**
   * Goes on for a while.
   *
   * @param events tried at most
   * @param attempt settles the event if it can; false if that cannot be said now
   */
  void run(PriceBooks visible, WriteOffs decided, int events, Predicate<Parked> attempt) {
    if (!sweeping && (visible != sweptBy || decided != writtenOffBy)) {
      begin(visible, decided);
    }
    int tried = 0;
    int looked = 0;
    while (sweeping && tried < events && looked < MODELS_AT_ONCE) {
      Model model = at;
      if (model == null || !inModel) {
        look(parked.modelAfter(model));
        looked++;
      } else if (tryNext(model, attempt)) {
        tried++;
      }
    }
  }

  private void begin(PriceBooks visible, WriteOffs decided) {
    prices = visible;
    writeOffs = decided;
    added = visible.since(sweptBy);
    named = decided.since(writtenOffBy);
    at = null;
    inModel = false;
    sweeping = true;
    complete = true;
  }

  private void look(@Nullable Model next) {
    at = next;
    after = null;
    if (next == null) {
      end();
    } else {
      inModel = isNamed(next);
    }
  }

  /** False if the model has no more events. */
  private boolean tryNext(Model model, Predicate<Parked> attempt) {
    Parked next = parked.firstAfter(model, after);
    if (next == null) {
      inModel = false;
      return false;
    }
    after = next.key();
    complete &= attempt.test(next);
    return true;
  }

  private void end() {
    sweeping = false;
    if (complete) {
      sweptBy = prices;
      writtenOffBy = writeOffs;
    }
  }

  private boolean isNamed(Model model) {
    return model.equals(Model.OTHERS)
        || named.contains(model)
        || prices.mayPrice(model.provider(), model.name(), added);
  }
}

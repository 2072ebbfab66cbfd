package io.tollgate.streams;

import io.tollgate.schemas.avro.UsageEvent;
import io.tollgate.schemas.avro.WriteOff;
import io.tollgate.streams.ParkedEvents.Model;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The decisions, at one moment, that unrated events will not be billed. Immutable; a decision is
 * never taken back.
 */
final class WriteOffs {
  static final WriteOffs NONE = new WriteOffs(Map.of());

  private final Map<Model, List<WriteOff>> byModel;

  private WriteOffs(Map<Model, List<WriteOff>> byModel) {
    this.byModel = byModel;
  }

  /**
   * With one more; the same again changes nothing, because decisions are published at least once.
   */
  WriteOffs with(WriteOff writeOff) {
    Model model = new Model(writeOff.getProvider(), writeOff.getModel());
    List<WriteOff> known = byModel.getOrDefault(model, List.of());
    if (known.stream().anyMatch(one -> one.getWriteOffId().equals(writeOff.getWriteOffId()))) {
      return this;
    }
    Map<Model, List<WriteOff>> more = new HashMap<>(byModel);
    List<WriteOff> ofModel = new ArrayList<>(known);
    ofModel.add(writeOff);
    more.put(model, List.copyOf(ofModel));
    return new WriteOffs(more);
  }

  /** The decision that an event without a price is not billed; null if there is none. */
  @Nullable WriteOff of(UsageEvent event, Instant acceptedAt) {
    if (byModel.isEmpty()) {
      return null;
    }
    for (WriteOff one : byModel.getOrDefault(Model.of(event), List.of())) {
      String organization = one.getOrganizationId();
      if (acceptedAt.isBefore(one.getAcceptedUntil())
          && (organization == null || organization.equals(event.getOrganizationId()))) {
        return one;
      }
    }
    return null;
  }

  /** Of which models there are decisions that an earlier state did not have. */
  Set<Model> since(WriteOffs before) {
    Set<Model> named = new HashSet<>();
    byModel.forEach(
        (model, decisions) -> {
          if (before.byModel.get(model) != decisions) {
            named.add(model);
          }
        });
    return named;
  }
}

package io.tollgate.ingest;

import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.CompactedView;
import io.tollgate.schemas.EffectiveLimits;
import io.tollgate.schemas.LimitKey;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.LimitState;
import io.tollgate.schemas.avro.SubjectKind;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Whether a key may call a model now, and why not: what limits.state says of the key, its workspace
 * and its organization together. Answers from memory, so a gateway can ask before each request.
 *
 * <p>A scope without a state is open. A state that has an end is over then, also while nobody can
 * write that; without Kafka the last known states hold.
 */
public final class LimitsView {
  private final Function<String, Optional<LimitState>> states;
  private final InstantSource clock;

  /**
   * @param states by their record key in limits.state
   */
  public LimitsView(Function<String, Optional<LimitState>> states, InstantSource clock) {
    this.states = states;
    this.clock = clock;
  }

  /** Reads from a view of limits.state; what it has not caught up with yet is not known here. */
  public static LimitsView over(CompactedView<LimitState> view, InstantSource clock) {
    return new LimitsView(view::get, clock);
  }

  public EffectiveLimits of(OrganizationId organization, WorkspaceId workspace, ApiKeyId apiKey) {
    return of(organization, workspace, apiKey, Map.of());
  }

  /**
   * As {@link #of(OrganizationId, WorkspaceId, ApiKeyId)}, with the budgets on the user, model and
   * feature of a request inside each of the three.
   */
  public EffectiveLimits of(
      OrganizationId organization,
      WorkspaceId workspace,
      ApiKeyId apiKey,
      Map<SubjectKind, String> subjects) {
    List<LimitState> applying = new ArrayList<>();
    for (LimitKey scope :
        List.of(
            LimitKey.organization(organization.value()),
            LimitKey.workspace(organization.value(), workspace.value()),
            LimitKey.apiKey(organization.value(), apiKey.value()))) {
      add(scope, applying);
      for (SubjectKind kind : SubjectKind.values()) {
        String subject = subjects.get(kind);
        if (subject != null) {
          add(
              new LimitKey(scope.organizationId(), scope.kind(), scope.id(), kind, subject),
              applying);
        }
      }
    }
    return EffectiveLimits.of(applying, clock.instant());
  }

  private void add(LimitKey key, List<LimitState> applying) {
    states.apply(key.text()).ifPresent(applying::add);
  }
}

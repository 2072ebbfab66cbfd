package io.tollgate.streams.simulation;

import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Limit;
import io.tollgate.schemas.avro.ScopeKind;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Publishes limits on organizations, workspaces and keys as governance does. */
final class Limits {
  private final World world;
  private final Dice dice;

  /** By their record key. */
  private final TreeMap<String, Limit> limits = new TreeMap<>();

  Limits(World world, Dice dice) {
    this.world = world;
    this.dice = dice;
    set();
    set();
  }

  /** Sets a limit on a scope, or another one in place of what is there. */
  void set() {
    World.Key key = dice.any(world.keys());
    ScopeKind scope = dice.of(ScopeKind.values());
    Limit.Builder limit =
        Limit.newBuilder()
            .setOrganizationId(key.organization())
            .setScope(scope)
            .setWorkspaceId(scope == ScopeKind.WORKSPACE ? key.workspace() : null)
            .setApiKeyId(scope == ScopeKind.API_KEY ? key.id() : null)
            .setRequestsPerMinute(dice.percent(50) ? dice.between(1, 12) : null)
            .setTokensPerMinute(dice.percent(40) ? dice.between(1, 60) * 1_000 : null)
            .setTokensPerDay(dice.percent(40) ? dice.between(1, 300) * 2_000 : null)
            .setAllowedModels(dice.percent(20) ? List.of("gpt-a", "gpt-b*") : null)
            .setDeniedModels(dice.percent(20) ? List.of("new-*") : List.of())
            .setVersion(1);
    String id = AuditedScope.of(limit.build()).key();
    Limit before = limits.get(id);
    Limit fresh = limit.setVersion(before == null ? 1 : before.getVersion() + 1).build();
    limits.put(id, fresh);
    world.publish(Topics.LIMITS, id, fresh);
  }

  /** Takes one away; false if there is none. */
  boolean delete() {
    if (limits.isEmpty()) {
      return false;
    }
    String id = dice.any(new ArrayList<>(limits.keySet()));
    limits.remove(id);
    world.publish(Topics.LIMITS, id, null);
    return true;
  }
}

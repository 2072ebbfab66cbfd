package io.tollgate.governance.tenancy;

import io.tollgate.governance.store.Inputs;
import io.tollgate.schemas.InvalidInput;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How much an organization may have; what is null has no bound.
 *
 * @param name what the plan is called
 * @param maximumWorkspaces that are neither archived nor deleted
 * @param maximumMembers people, invited ones included
 * @param maximumKeys API keys that have not ended
 */
public record Plan(
    String name,
    @Nullable Integer maximumWorkspaces,
    @Nullable Integer maximumMembers,
    @Nullable Integer maximumKeys) {
  /** Of an organization for which nobody has set one. */
  public static final Plan UNBOUNDED = new Plan("unbounded", null, null, null);

  private static final int MOST = 1_000_000;

  /** What a plan bounds. */
  public enum Bound {
    WORKSPACES,
    MEMBERS,
    KEYS;

    String noun() {
      return name().toLowerCase(Locale.ROOT);
    }

    String field() {
      return "maximum_" + noun();
    }
  }

  public Plan {
    Inputs.text("name", name);
    count(Bound.WORKSPACES, maximumWorkspaces);
    count(Bound.MEMBERS, maximumMembers);
    count(Bound.KEYS, maximumKeys);
  }

  private static void count(Bound bound, @Nullable Integer maximum) {
    if (maximum != null) {
      InvalidInput.unless(
          maximum >= 0 && maximum <= MOST,
          bound.field(),
          maximum,
          "must be 0 to " + MOST + "; leave it out for no bound");
    }
  }

  @Nullable Integer maximum(Bound bound) {
    return switch (bound) {
      case WORKSPACES -> maximumWorkspaces;
      case MEMBERS -> maximumMembers;
      case KEYS -> maximumKeys;
    };
  }
}

package io.tollgate.governance.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.governance.tenancy.MergePatch;
import java.util.Locale;

/**
 * What holds in a scope, and where each value comes from. A value of the workspace hides the
 * organization's, which is never tighter; models denied by either are denied.
 */
final class EffectiveConfig {
  private enum Origin {
    WORKSPACE,
    ORGANIZATION,
    DEFAULT;

    String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final ObjectNode config = MergePatch.empty();
  private final ObjectNode origins = MergePatch.empty();

  private EffectiveConfig() {}

  /**
   * The document of an organization by itself.
   *
   * @return the sections, and {@code origins} by JSON pointer
   */
  static ObjectNode of(ObjectNode organization) {
    return of(organization, MergePatch.empty());
  }

  /** What holds in a workspace. */
  static ObjectNode of(ObjectNode organization, ObjectNode workspace) {
    EffectiveConfig effective = new EffectiveConfig();
    effective.take("", effective.config, defaults(), Origin.DEFAULT);
    effective.take("", effective.config, organization, Origin.ORGANIZATION);
    effective.take("", effective.config, workspace, Origin.WORKSPACE);
    effective.deny(organization, workspace);
    ObjectNode json = effective.config;
    json.set("origins", effective.origins);
    return json;
  }

  private static ObjectNode defaults() {
    ObjectNode defaults = MergePatch.empty();
    defaults.putObject("rate_limiting").put("enabled", false).putNull("rpm").putNull("tpm");
    ObjectNode models = defaults.putObject("models");
    models.putArray("allowed").add("*");
    models.putArray("denied");
    return defaults;
  }

  /** Objects add up member by member, anything else replaces what was there. */
  private void take(String at, ObjectNode into, ObjectNode from, Origin origin) {
    from.properties()
        .forEach(
            member -> {
              String pointer = at + "/" + escaped(member.getKey());
              if (member.getValue() instanceof ObjectNode object && !object.isEmpty()) {
                ObjectNode target =
                    into.get(member.getKey()) instanceof ObjectNode there
                        ? there
                        : into.putObject(member.getKey());
                origins.remove(pointer);
                take(pointer, target, object, origin);
              } else {
                into.set(member.getKey(), member.getValue().deepCopy());
                forget(pointer);
                origins.put(pointer, origin.wireName());
              }
            });
  }

  /** Another value took the place of an object: what was in that has no origin any more. */
  private void forget(String pointer) {
    origins.properties().removeIf(origin -> origin.getKey().startsWith(pointer + "/"));
  }

  private void deny(ObjectNode organization, ObjectNode workspace) {
    String pointer = "/models/denied";
    ArrayNode denied = config.withObject("/models").putArray("denied");
    add(denied, pointer, organization, Origin.ORGANIZATION);
    add(denied, pointer, workspace, Origin.WORKSPACE);
    if (!denied.isEmpty()) {
      origins.remove(pointer);
    }
  }

  private void add(ArrayNode denied, String pointer, ObjectNode from, Origin origin) {
    for (JsonNode model : from.at(pointer)) {
      boolean known = false;
      for (JsonNode there : denied) {
        known |= there.equals(model);
      }
      if (!known) {
        origins.put(pointer + "/" + denied.size(), origin.wireName());
        denied.add(model);
      }
    }
  }

  private static String escaped(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }
}

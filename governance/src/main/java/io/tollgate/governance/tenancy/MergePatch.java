package io.tollgate.governance.tenancy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.http.StrictJson;
import org.jspecify.annotations.Nullable;

/**
 * JSON merge patch (RFC 7396): an object changes the members it names, null removes one, anything
 * else replaces what was there. Neither argument is changed.
 */
public final class MergePatch {
  private MergePatch() {}

  /** The object as it is once the patch has been applied. */
  public static ObjectNode apply(ObjectNode target, ObjectNode patch) {
    ObjectNode merged = target.deepCopy();
    patch
        .properties()
        .forEach(
            member -> {
              JsonNode wanted = member.getValue();
              if (wanted.isNull()) {
                merged.remove(member.getKey());
              } else {
                merged.set(member.getKey(), value(merged.get(member.getKey()), wanted));
              }
            });
    return merged;
  }

  /** Nulls inside a new object remove what is not there: they are left out. */
  private static JsonNode value(@Nullable JsonNode before, JsonNode patch) {
    return patch instanceof ObjectNode object
        ? apply(before instanceof ObjectNode old ? old : empty(), object)
        : patch.deepCopy();
  }

  public static ObjectNode empty() {
    return StrictJson.mapper().createObjectNode();
  }
}

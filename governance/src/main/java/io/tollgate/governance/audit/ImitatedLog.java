package io.tollgate.governance.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.governance.store.Actor;
import io.tollgate.governance.store.AuditEntry;
import io.tollgate.http.StrictJson;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Audit rows in the shape and under the event types of the imitated API. Types that it does not
 * know are not in its list.
 */
final class ImitatedLog {
  private static final String DATA = "data";
  private static final String CHANGES = "changes_requested";

  /**
   * How a type of ours is told.
   *
   * @param type its name there
   * @param part what holds the fields there
   * @param fields ours to theirs
   */
  private record Told(String type, String part, Map<String, String> fields) {
    static Told plain(String type) {
      return new Told(type, "", Map.of());
    }
  }

  private static final Map<String, Told> TYPES =
      Map.ofEntries(
          Map.entry(
              "organization.updated",
              new Told("organization.updated", CHANGES, Map.of("name", "title"))),
          Map.entry("project.created", new Told("project.created", DATA, Map.of("name", "name"))),
          Map.entry(
              "project.updated", new Told("project.updated", CHANGES, Map.of("name", "title"))),
          Map.entry("project.archived", Told.plain("project.archived")),
          Map.entry("project.deleted", Told.plain("project.deleted")),
          Map.entry(
              "project.api_key.created",
              new Told("api_key.created", DATA, Map.of("scopes", "scopes"))),
          Map.entry(
              "project.api_key.updated",
              new Told("api_key.updated", CHANGES, Map.of("scopes", "scopes"))),
          Map.entry("project.api_key.rotated", Told.plain("api_key.updated")),
          Map.entry("project.api_key.deleted", Told.plain("api_key.deleted")),
          Map.entry(
              "service_account.created",
              new Told("service_account.created", DATA, Map.of("role", "role"))),
          Map.entry(
              "service_account.updated",
              new Told("service_account.updated", CHANGES, Map.of("role", "role"))),
          Map.entry("service_account.deleted", Told.plain("service_account.deleted")),
          Map.entry(
              "invite.sent",
              new Told("invite.sent", DATA, Map.of("email", "email", "role", "role"))),
          Map.entry("invite.accepted", Told.plain("invite.accepted")),
          Map.entry("invite.deleted", Told.plain("invite.deleted")),
          Map.entry("user.added", new Told("user.added", DATA, Map.of("role", "role"))),
          Map.entry("user.updated", new Told("user.updated", CHANGES, Map.of("role", "role"))),
          Map.entry("user.deleted", Told.plain("user.deleted")),
          Map.entry(
              "limits.set",
              new Told(
                  "rate_limit.updated",
                  CHANGES,
                  Map.of(
                      "requests_per_minute", "max_requests_per_1_minute",
                      "tokens_per_minute", "max_tokens_per_1_minute"))),
          Map.entry("limits.deleted", Told.plain("rate_limit.deleted")));

  private ImitatedLog() {}

  /** Our types behind those wanted; all that are told there if none is named. */
  static Collection<String> types(List<String> wanted) {
    TreeSet<String> types = new TreeSet<>();
    TYPES.forEach(
        (ours, told) -> {
          if (wanted.isEmpty() || wanted.contains(told.type())) {
            types.add(ours);
          }
        });
    return types;
  }

  static Map<String, Object> json(AuditQuery.Found found) {
    AuditEntry entry = found.entry();
    Told told = TYPES.getOrDefault(entry.type(), Told.plain(entry.type()));
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", found.id());
    json.put("type", told.type());
    json.put("effective_at", entry.at().getEpochSecond());
    if (entry.workspace() != null) {
      Map<String, Object> project = new LinkedHashMap<>();
      project.put("id", entry.workspace());
      if (found.workspaceName() != null) {
        project.put("name", found.workspaceName());
      }
      json.put("project", project);
    }
    json.put("actor", actor(entry.actor(), entry.address()));
    json.put(told.type(), detail(entry, told));
    return json;
  }

  /** A person is told as a session, whatever it came with; everything else as a key. */
  private static Map<String, Object> actor(Actor actor, @Nullable String address) {
    Map<String, Object> json = new LinkedHashMap<>();
    if (actor.kind().equals("person")) {
      Map<String, Object> user = new LinkedHashMap<>();
      user.put("id", actor.id());
      if (actor.email() != null) {
        user.put("email", actor.email());
      }
      Map<String, Object> session = new LinkedHashMap<>();
      session.put("user", user);
      if (address != null) {
        session.put("ip_address", address);
      }
      json.put("type", "session");
      json.put("session", session);
      return json;
    }
    Map<String, Object> key = new LinkedHashMap<>();
    key.put("id", actor.id());
    key.put("type", actor.kind().equals("api_key") ? "service_account" : "user");
    json.put("type", "api_key");
    json.put("api_key", key);
    return json;
  }

  private static Map<String, Object> detail(AuditEntry entry, Told told) {
    Map<String, Object> detail = new LinkedHashMap<>();
    detail.put("id", entry.subject());
    if (!told.part().isEmpty()) {
      JsonNode after = tree(entry.after());
      Map<String, Object> part = new LinkedHashMap<>();
      told.fields()
          .forEach(
              (ours, theirs) -> {
                if (after.hasNonNull(ours)) {
                  part.put(theirs, after.get(ours));
                }
              });
      detail.put(told.part(), part);
    }
    return detail;
  }

  private static JsonNode tree(@Nullable String json) {
    try {
      return StrictJson.mapper().readTree(json == null ? "{}" : json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an audit row holds something else than JSON", e);
    }
  }
}

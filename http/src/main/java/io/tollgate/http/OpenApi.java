package io.tollgate.http;

import io.tollgate.schemas.Permission;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The OpenAPI 3.1 document of a listener. Paths, parameters and who may call come from the routes
 * as declared, so that they cannot differ from what is served; what a route does, reads and answers
 * comes from its role's {@link RouteNotes}.
 */
final class OpenApi {
  private static final String VERSION = "3.1.0";
  private static final String ORGANIZATION = "organization";

  private final Shapes shapes = new Shapes();
  private final Map<String, RouteNotes> notes = new LinkedHashMap<>();
  private final Map<String, Map<String, Object>> paths = new TreeMap<>();

  OpenApi(Collection<? extends HttpRole> roles, List<DeclaredRoute> routes) {
    for (HttpRole role : roles) {
      shapes.add(role);
      notes.put(role.name(), RouteNotes.of(role, shapes));
    }
    for (DeclaredRoute route : routes) {
      paths
          .computeIfAbsent(route.path(), path -> new TreeMap<>())
          .put(route.method().toLowerCase(Locale.ROOT), operation(route));
    }
  }

  byte[] write() {
    return StrictJson.write(document());
  }

  Map<String, Object> document() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("openapi", VERSION);
    document.put(
        "info",
        Map.of(
            "title", "Tollgate",
            "version", "1",
            "description",
                "What this listener serves. Under /v1/organization the shapes are those of"
                    + " OpenAI's Admin API with further fields of our own."));
    document.put("tags", notes.keySet().stream().map(name -> Map.of("name", name)).toList());
    document.put("paths", paths);
    document.put("components", components());
    return document;
  }

  private Optional<RouteNotes.Note> note(DeclaredRoute route) {
    return Optional.ofNullable(notes.get(route.role())).flatMap(all -> all.find(route));
  }

  /**
   * An answer to what was read of a body, held against this document by {@link DocumentCheck}.
   *
   * @param read empty if nothing was
   * @param type the media type of what was read; empty if not said
   */
  Answer held(DeclaredRoute route, byte[] read, String type, Answer answer) {
    return note(route)
        .map(note -> new DocumentCheck(shapes.byName()).held(route, note, read, type, answer))
        .orElse(answer);
  }

  private Map<String, Object> operation(DeclaredRoute route) {
    Optional<RouteNotes.Note> note = note(route);
    Map<String, Object> operation = new LinkedHashMap<>();
    operation.put("operationId", id(route));
    operation.put("tags", List.of(route.role()));
    note.ifPresent(known -> operation.put("summary", known.summary()));
    who(operation, route.guard());
    List<Map<String, Object>> parameters = parameters(route);
    if (!parameters.isEmpty()) {
      operation.put("parameters", parameters);
    }
    note.filter(known -> !known.body().isEmpty())
        .ifPresent(
            known ->
                operation.put(
                    "requestBody",
                    Map.of("required", known.mustHaveBody(), "content", content(known.body()))));
    Map<String, Object> responses = new LinkedHashMap<>();
    responses.put(NotedWords.DONE, Map.of("description", "Done."));
    note.ifPresent(
        known ->
            known
                .answers()
                .forEach((status, answer) -> responses.put(status, response(status, answer))));
    responses.put("default", Map.of("$ref", "#/components/responses/refused"));
    operation.put("responses", responses);
    return operation;
  }

  private static String id(DeclaredRoute route) {
    return (route.method().toLowerCase(Locale.ROOT) + route.path())
        .replaceAll("[^A-Za-z0-9]+", "_")
        .replaceAll("_$", "");
  }

  private static void who(Map<String, Object> operation, Guard guard) {
    switch (guard) {
      case Guard.Anyone anyone -> operation.put("security", List.of());
      case Guard.OperatorOnly operator ->
          operation.put("security", List.of(Map.of("operator_key", List.of())));
      case Guard.PersonOnly person ->
          operation.put("security", List.of(Map.of("personal_key", List.of())));
      case Guard.ApiKeyOnly key ->
          operation.put("security", List.of(Map.of("api_key", List.of(key.scope().wireName()))));
      case Guard.Permitted permitted -> {
        Permission permission = permitted.permission();
        operation.put("x-tollgate-permission", permission.wireName());
        operation.put("x-tollgate-somewhere", permitted.somewhere());
        operation.put("security", permitted(permission, permitted.scope()));
      }
    }
  }

  /** Any of them is enough, with the permission; the lists name what the key must have. */
  private static List<Map<String, Object>> permitted(Permission permission, Optional<Scope> scope) {
    List<String> needed = List.of(permission.wireName());
    List<Map<String, Object>> security = new ArrayList<>();
    security.add(Map.of("admin_key", needed));
    security.add(Map.of("personal_key", needed));
    security.add(Map.of("operator_key", needed));
    security.add(Map.of("api_key", needed));
    scope.ifPresent(opening -> security.add(Map.of("api_key", List.of(opening.wireName()))));
    return security;
  }

  private static List<Map<String, Object>> parameters(DeclaredRoute route) {
    List<Map<String, Object>> parameters = new ArrayList<>();
    route.pathParameters().forEach(name -> parameters.add(parameter(name, "path", true)));
    route.query().forEach(name -> parameters.add(parameter(name, "query", false)));
    if (route.guard() instanceof Guard.Permitted) {
      parameters.add(Map.of("$ref", "#/components/parameters/" + ORGANIZATION));
    }
    return parameters;
  }

  private static Map<String, Object> parameter(String name, String in, boolean required) {
    Map<String, Object> parameter = new LinkedHashMap<>();
    parameter.put("name", name);
    parameter.put("in", in);
    parameter.put("required", required);
    parameter.put("schema", Map.of("type", "string"));
    return parameter;
  }

  private static Map<String, Object> response(String status, NotedContent answer) {
    Map<String, Object> response = new LinkedHashMap<>();
    response.put("description", status.equals(NotedWords.DONE) ? "Done." : "Not as it should be.");
    response.put("content", content(answer));
    return response;
  }

  private static Map<String, Object> content(NotedContent of) {
    Map<String, Object> content = new LinkedHashMap<>();
    of.byMediaType().forEach((type, schema) -> content.put(type, Map.of("schema", schema)));
    return content;
  }

  private Map<String, Object> components() {
    Map<String, Object> components = new LinkedHashMap<>();
    components.put(
        "securitySchemes",
        Map.of(
            "operator_key", bearer("The platform operator's key."),
            "admin_key", bearer("An admin key of one organization."),
            "personal_key", bearer("A person's key."),
            "api_key", bearer("An API key of a workspace, by its scopes or its role.")));
    Map<String, Object> organization = parameter(Guard.ORGANIZATION_HEADER, "header", false);
    organization.put("description", "Which one is meant, of a caller in several organizations.");
    components.put("parameters", Map.of(ORGANIZATION, organization));
    Map<String, Object> refused = new LinkedHashMap<>();
    refused.put("description", "Refused or failed.");
    refused.put("content", content(ErrorBodies.CONTENT));
    components.put("responses", Map.of("refused", refused));
    components.put("schemas", shapes.byName());
    return components;
  }

  private static Map<String, Object> bearer(String description) {
    return Map.of("type", "http", "scheme", "bearer", "description", description);
  }
}

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
 * as declared, so that they cannot differ from what is served; what a route does and what it reads
 * comes from its role's {@link RouteNotes}.
 */
final class OpenApi {
  private static final String VERSION = "3.1.0";
  private static final String ORGANIZATION = "organization";

  private final Map<String, RouteNotes> notes = new LinkedHashMap<>();
  private final Map<String, Map<String, Object>> paths = new TreeMap<>();

  OpenApi(Collection<? extends HttpRole> roles, List<DeclaredRoute> routes) {
    roles.forEach(role -> notes.put(role.name(), RouteNotes.of(role)));
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

  private Map<String, Object> operation(DeclaredRoute route) {
    Optional<RouteNotes.Note> note =
        Optional.ofNullable(notes.get(route.role())).flatMap(all -> all.find(route));
    Map<String, Object> operation = new LinkedHashMap<>();
    operation.put("operationId", id(route));
    operation.put("tags", List.of(route.role()));
    note.ifPresent(known -> operation.put("summary", known.summary()));
    who(operation, route.guard());
    List<Map<String, Object>> parameters = parameters(route);
    if (!parameters.isEmpty()) {
      operation.put("parameters", parameters);
    }
    note.filter(known -> !known.mediaTypes().isEmpty())
        .ifPresent(known -> operation.put("requestBody", body(known)));
    Map<String, Object> responses = new LinkedHashMap<>();
    responses.put("2XX", Map.of("description", "Done."));
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

  private static Map<String, Object> body(RouteNotes.Note note) {
    Object schema = note.body().<Object>map(BodySchema::of).orElse(Map.of());
    Map<String, Object> content = new LinkedHashMap<>();
    note.mediaTypes().forEach(type -> content.put(type, Map.of("schema", schema)));
    return Map.of("required", true, "content", content);
  }

  private static Map<String, Object> components() {
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
    Map<String, Object> content = new LinkedHashMap<>();
    content.put(Answer.JSON, Map.of("schema", Map.of("$ref", "#/components/schemas/error")));
    content.put(ErrorBodies.PROBLEM, Map.of("schema", Map.of("type", "object")));
    components.put(
        "responses",
        Map.of("refused", Map.of("description", "Refused or failed.", "content", content)));
    components.put("schemas", Map.of("error", error()));
    return components;
  }

  private static Map<String, Object> bearer(String description) {
    return Map.of("type", "http", "scheme", "bearer", "description", description);
  }

  private static Map<String, Object> error() {
    Map<String, Object> text = Map.of("type", "string");
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("message", text);
    fields.put("type", text);
    fields.put("param", Map.of("type", List.of("string", "null")));
    fields.put("code", text);
    Map<String, Object> error = new LinkedHashMap<>();
    error.put("type", "object");
    error.put("properties", fields);
    error.put("required", List.copyOf(fields.keySet()));
    return Map.of(
        "type", "object", "properties", Map.of("error", error), "required", List.of("error"));
  }
}

package io.tollgate.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.schemas.Permission;
import java.io.IOException;
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
   * What an answer of a route has that the document does not say, or the other way round; empty if
   * it is as the document says.
   */
  Optional<String> misfit(DeclaredRoute route, Answer answer) {
    Optional<RouteNotes.Note> note = note(route);
    if (note.isEmpty() || answer.stream().isPresent()) {
      return Optional.empty();
    }
    boolean done = answer.status() / 100 == 2;
    RouteNotes.Content told = note.get().answer();
    String type = answer.contentType().split(";", 2)[0];
    if (done && answer.body().length > 0 && !told.mediaTypes().contains(type)) {
      return Optional.of(type + " is none of " + told.mediaTypes());
    }
    if (!type.equals(Answer.JSON) && !type.equals(ErrorBodies.PROBLEM)) {
      return Optional.empty();
    }
    try {
      JsonNode json = StrictJson.mapper().readTree(answer.body());
      ShapeCheck check = new ShapeCheck(shapes.byName());
      Optional<String> misfit = check.misfit(json, done ? told.json() : refused(type));
      // What refuses nobody, and says only how things are, may say so with another status.
      return misfit.isPresent() && !done && check.misfit(json, told.json()).isEmpty()
          ? Optional.empty()
          : misfit;
    } catch (IOException e) {
      return Optional.of("it is no JSON: " + e.getMessage());
    }
  }

  private static Map<String, Object> refused(String type) {
    return Map.of(
        "$ref", ShapeNotation.REFERENCE + (type.equals(ErrorBodies.PROBLEM) ? "problem" : "error"));
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
    note.filter(known -> !known.body().mediaTypes().isEmpty())
        .ifPresent(
            known ->
                operation.put(
                    "requestBody", Map.of("required", true, "content", content(known.body()))));
    Map<String, Object> done = new LinkedHashMap<>();
    done.put("description", "Done.");
    note.filter(known -> !known.answer().mediaTypes().isEmpty())
        .ifPresent(known -> done.put("content", content(known.answer())));
    Map<String, Object> responses = new LinkedHashMap<>();
    responses.put("2XX", done);
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

  private static Map<String, Object> content(RouteNotes.Content of) {
    Map<String, Object> content = new LinkedHashMap<>();
    of.mediaTypes()
        .forEach(
            type ->
                content.put(
                    type, Map.of("schema", type.equals(Answer.JSON) ? of.json() : Map.of())));
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
    Map<String, Object> content = new LinkedHashMap<>();
    content.put(Answer.JSON, Map.of("schema", refused(Answer.JSON)));
    content.put(ErrorBodies.PROBLEM, Map.of("schema", refused(ErrorBodies.PROBLEM)));
    components.put(
        "responses",
        Map.of("refused", Map.of("description", "Refused or failed.", "content", content)));
    components.put("schemas", shapes.byName());
    return components;
  }

  private static Map<String, Object> bearer(String description) {
    return Map.of("type", "http", "scheme", "bearer", "description", description);
  }
}

package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.governance.Api.Response;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The served document against the checked-in list of routes, and against OpenAPI's own rules. */
@ExtendWith(SharedStack.class)
class OpenApiIT {
  private static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "patch");
  private static final Pattern PARAMETER = Pattern.compile("\\{([^}]+)}");

  @TempDir private static @Nullable Path folder;
  private static @Nullable RunningGovernance running;
  private static @Nullable JsonNode document;
  private static @Nullable Api tenant;

  @BeforeAll
  static void start() throws Exception {
    running = new RunningGovernance(SharedStack.config("document", Objects.requireNonNull(folder)));
    Response response = running.operator().as("nobody's").get("/openapi.json");
    assertThat(response.status()).isEqualTo(200);
    document = response.body();
    Api operator = running.operator();
    String terms = "{'id':'fields','name':'F','time_zone':'UTC','currency':'USD'}";
    assertThat(operator.post("/v1/platform/organizations", terms).status()).isEqualTo(201);
    tenant = operator.on("fields");
    String project = "{'id':'proj_fields','name':'P'}";
    assertThat(tenant.post("/v1/organization/projects", project).status()).isEqualTo(201);
  }

  @AfterAll
  static void stop() {
    Objects.requireNonNull(running).close();
  }

  private static Api tenant() {
    return Objects.requireNonNull(tenant);
  }

  private static JsonNode document() {
    return Objects.requireNonNull(document);
  }

  /** Operations by method and path. */
  private static Map<String, JsonNode> operations() {
    Map<String, JsonNode> operations = new TreeMap<>();
    for (Map.Entry<String, JsonNode> path : document().get("paths").properties()) {
      for (Map.Entry<String, JsonNode> one : path.getValue().properties()) {
        assertThat(METHODS).contains(one.getKey());
        operations.put(one.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey(), one.getValue());
      }
    }
    return operations;
  }

  @Test
  void everyRouteIsInTheListAndEveryLineOfItIsServed() throws IOException {
    Set<String> listed;
    try (InputStream in = OpenApiIT.class.getResourceAsStream("/openapi/governance.txt")) {
      listed =
          new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> !line.isBlank() && !line.startsWith("#"))
              .map(line -> line.split(" \\|", 2)[0])
              .collect(Collectors.toCollection(TreeSet::new));
    }
    Set<String> served =
        operations().entrySet().stream()
            .filter(one -> one.getValue().at("/tags/0").asText().equals("governance"))
            .map(Map.Entry::getKey)
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(served).as("routes, and lines of openapi/governance.txt").isEqualTo(listed);
  }

  @Test
  void everyOperationSaysWhatItDoesAndWhoMayCallIt() {
    Set<String> schemes = names(document().at("/components/securitySchemes"));
    Set<String> ids = new HashSet<>();
    operations()
        .forEach(
            (name, one) -> {
              assertThat(one.path("summary").asText()).as(name).isNotBlank();
              assertThat(one.path("security").isArray()).as(name).isTrue();
              one.get("security")
                  .forEach(any -> assertThat(schemes).as(name).containsAll(names(any)));
              assertThat(ids.add(one.get("operationId").asText())).as(name).isTrue();
              assertSaysSomething(name, one.at("/responses/2XX/content"));
              if (one.has("requestBody")) {
                assertSaysSomething(name, one.at("/requestBody/content"));
              }
              assertThat(one.at("/responses/default/$ref").asText()).as(name).isNotBlank();
            });
  }

  private static void assertSaysSomething(String name, JsonNode content) {
    assertThat(content).as(name).isNotEmpty();
    content.forEach(type -> assertThat(type.path("schema")).as(name).isNotEmpty());
  }

  /** Path templates may differ in more than the names of their parameters only, each declared. */
  @Test
  void everyParameterOfAPathIsDeclaredOnceAndNoneBesides() {
    Set<String> templates = new HashSet<>();
    names(document().get("paths"))
        .forEach(
            path ->
                assertThat(templates.add(PARAMETER.matcher(path).replaceAll("{}")))
                    .as(path)
                    .isTrue());
    operations()
        .forEach(
            (name, one) -> {
              List<String> declared = new ArrayList<>();
              one.path("parameters")
                  .forEach(
                      parameter -> {
                        if (parameter.path("in").asText().equals("path")) {
                          assertThat(parameter.path("required").asBoolean()).as(name).isTrue();
                          declared.add(parameter.get("name").asText());
                        }
                      });
              assertThat(declared)
                  .as(name)
                  .containsExactlyElementsOf(
                      PARAMETER.matcher(name).results().map(found -> found.group(1)).toList());
            });
  }

  @Test
  void everyReferencePointsAtSomething() {
    List<String> references = document().findValuesAsText("$ref");

    assertThat(references).isNotEmpty();
    assertThat(references)
        .allSatisfy(
            reference ->
                assertThat(document().at(reference.substring(1)).isMissingNode())
                    .as(reference)
                    .isFalse());
    assertThat(document().get("openapi").asText()).startsWith("3.1.");
  }

  /**
   * Other bodies are records, by which they are both read and documented; that tests send nothing
   * else than is documented holds for all.
   */
  @ParameterizedTest
  @CsvSource({
    "PATCH, /v1/organization, organization_patch",
    "POST, /v1/organization/projects, project_wanted",
    "PATCH, /v1/organization/projects/proj_fields, project_patch",
    "PATCH, /v1/organization/config, config_patch",
  })
  void everyFieldOfABodyWithAShapeIsRead(String method, String path, String shape) {
    JsonNode fields = document().at("/components/schemas/" + shape + "/properties");

    assertThat(fields).isNotEmpty();
    names(fields)
        .forEach(
            field -> {
              String wrong = "{'%s':[[]]}".formatted(field);
              Response refused =
                  method.equals("POST") ? tenant().post(path, wrong) : tenant().patch(path, wrong);
              assertThat(refused.status()).as(field).isEqualTo(400);
              assertThat(refused.text("/error/message"))
                  .as(field)
                  .startsWith(field)
                  .doesNotContain("known are");
            });
  }

  private static Set<String> names(JsonNode node) {
    return node.properties().stream().map(Map.Entry::getKey).collect(Collectors.toSet());
  }
}

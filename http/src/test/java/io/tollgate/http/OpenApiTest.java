package io.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.schemas.Permission;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OpenApiTest {
  record Part(String name) {}

  record Body(
      String oneName,
      @Nullable Long count,
      @JsonProperty("max_1_day") @Nullable Integer limit,
      List<Part> parts,
      Map<String, Boolean> flags) {}

  private record Role(String name) implements HttpRole {
    @Override
    public void routes(Routes routes) {}

    @Override
    public Health health() {
      return Health.up("fine");
    }
  }

  private static JsonNode document(DeclaredRoute... routes) throws IOException {
    byte[] json =
        new OpenApi(List.of(new Role("noted"), new Role("other")), List.of(routes)).write();
    return StrictJson.mapper().readTree(json);
  }

  /** Of a role that has no notes. */
  private static DeclaredRoute route(String method, String path, Guard guard, String... query) {
    return new DeclaredRoute("other", method, path, guard, List.of(query));
  }

  private static DeclaredRoute noted(String method) {
    return new DeclaredRoute("noted", method, "/v1/things", Guard.operator(), List.of());
  }

  @Test
  void hasWhatTheRouteDeclares() throws IOException {
    Guard guard =
        Guard.permission(Permission.USAGE_READ).somewhereAtLeast().orScope(Scope.USAGE_READ);
    JsonNode get =
        document(route("GET", "/v1/things/{id}", guard, "limit", "after"))
            .at("/paths/~1v1~1things~1{id}/get");

    assertThat(get.at("/x-tollgate-permission").asText()).isEqualTo("usage.read");
    assertThat(get.at("/x-tollgate-somewhere").asBoolean()).isTrue();
    assertThat(get.at("/security").findValuesAsText("api_key")).hasSize(2);
    assertThat(get.at("/parameters").findValuesAsText("name"))
        .containsExactly("id", "after", "limit");
    assertThat(get.at("/parameters/0/in").asText()).isEqualTo("path");
    assertThat(get.at("/parameters/0/required").asBoolean()).isTrue();
    assertThat(get.at("/parameters/3/$ref").asText())
        .isEqualTo("#/components/parameters/organization");
  }

  @Test
  void saysWhoMayCall() throws IOException {
    JsonNode paths =
        document(
                route("GET", "/a", Guard.anyone()),
                route("GET", "/b", Guard.operator()),
                route("GET", "/c", Guard.person()),
                route("GET", "/d", Guard.apiKey(Scope.ADMISSION)))
            .get("paths");

    assertThat(paths.at("/~1a/get/security")).isEmpty();
    assertThat(paths.at("/~1b/get/security/0").has("operator_key")).isTrue();
    assertThat(paths.at("/~1c/get/security/0").has("personal_key")).isTrue();
    assertThat(paths.at("/~1d/get/security/0/api_key/0").asText()).isEqualTo("admission");
  }

  @Test
  void hasWhatTheNotesSay() throws IOException {
    JsonNode things =
        document(noted("POST"), noted("PATCH"), noted("PUT")).at("/paths/~1v1~1things");

    assertThat(things.at("/post/summary").asText()).isEqualTo("Makes a thing.");
    JsonNode body = things.at("/post/requestBody/content/application~1json/schema");
    assertThat(body.at("/properties").fieldNames())
        .toIterable()
        .containsExactly("one_name", "count", "max_1_day", "parts", "flags");
    assertThat(body.at("/required").toString()).isEqualTo("[\"one_name\",\"parts\",\"flags\"]");
    assertThat(body.at("/properties/count/type").toString()).isEqualTo("[\"integer\",\"null\"]");
    assertThat(body.at("/properties/parts/items/properties/name/type").asText())
        .isEqualTo("string");
    assertThat(body.at("/properties/flags/additionalProperties/type").asText())
        .isEqualTo("boolean");
    assertThat(things.at("/patch/requestBody/content/application~1json/schema/$ref").asText())
        .isEqualTo("#/components/schemas/thing_patch");
    assertThat(things.at("/post/responses/2XX/content/application~1json/schema/$ref").asText())
        .isEqualTo("#/components/schemas/thing");
    assertThat(things.at("/post/requestBody/required").asBoolean()).isTrue();
    assertThat(things.at("/patch/requestBody/required").asBoolean()).isFalse();
    JsonNode answers = things.at("/patch/responses");
    assertThat(answers.fieldNames()).toIterable().containsExactly("2XX", "409", "default");
    assertThat(answers.at("/2XX/content").fieldNames())
        .toIterable()
        .containsExactly("application/json", "application/x-ndjson");
    assertThat(answers.at("/409/content/application~1json/schema/$ref").asText())
        .isEqualTo("#/components/schemas/thing");
    JsonNode several = things.at("/put/requestBody/content");
    assertThat(several.at("/application~1thing+json/schema/items/$ref").asText())
        .isEqualTo("#/components/schemas/thing");
    assertThat(several.at("/text~1csv/schema/type").asText()).isEqualTo("string");
  }

  @Test
  void refusesARouteThatItsRolesNotesLeaveOut() {
    List<Role> roles = List.of(new Role("noted"));
    List<DeclaredRoute> routes = List.of(noted("DELETE"));

    assertThatThrownBy(() -> new OpenApi(roles, routes))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("openapi/noted.txt has no line of DELETE /v1/things");
  }

  @Test
  void hasNothingOfARouteWithoutNotes() throws IOException {
    JsonNode bare = document(route("GET", "/a", Guard.anyone())).at("/paths/~1a/get");

    assertThat(bare.has("summary")).isFalse();
    assertThat(bare.has("requestBody")).isFalse();
    assertThat(bare.at("/responses/2XX").has("content")).isFalse();
  }
}

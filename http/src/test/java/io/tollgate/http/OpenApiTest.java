package io.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;

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

  private static DeclaredRoute route(String method, String path, Guard guard, String... query) {
    return new DeclaredRoute("noted", method, path, guard, List.of(query));
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
  void findsWhatAnAnswerHasThatItDoesNotSay() {
    DeclaredRoute post = route("POST", "/v1/things", Guard.operator());
    DeclaredRoute bare = route("GET", "/v1/things", Guard.operator());
    OpenApi api = new OpenApi(List.of(new Role("noted")), List.of(post, bare));

    assertThat(api.misfit(post, Answer.ok(Map.of("object", "thing", "id", "x")))).isEmpty();
    assertThat(api.misfit(post, Answer.ok(Map.of("object", "thing", "id", "x", "more", 1))))
        .contains(".more = 1 is not declared");
    assertThat(api.misfit(post, Answer.ok(Map.of("object", "thing")))).contains(".id is missing");
    assertThat(api.misfit(post, Answer.text(200, "text/plain; charset=utf-8", "x")))
        .contains("text/plain is none of [application/json]");
    assertThat(api.misfit(bare, Answer.ok(Map.of("any", "thing")))).isEmpty();
  }

  @Test
  void hasWhatTheNotesSay() throws IOException {
    JsonNode things =
        document(
                route("POST", "/v1/things", Guard.operator()),
                route("PATCH", "/v1/things", Guard.operator()),
                route("PUT", "/v1/things", Guard.operator()),
                route("GET", "/v1/things", Guard.operator()))
            .at("/paths/~1v1~1things");

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
    assertThat(things.at("/patch/responses/2XX/content").fieldNames())
        .toIterable()
        .containsExactly("application/json", "application/x-ndjson");
    assertThat(things.at("/put/requestBody/content").has("text/csv")).isTrue();
    assertThat(things.at("/get").has("requestBody")).isFalse();
    assertThat(things.at("/get").has("summary")).isFalse();
  }
}

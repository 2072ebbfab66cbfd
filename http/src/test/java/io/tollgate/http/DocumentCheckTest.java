package io.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DocumentCheckTest {
  private static final byte[] NOTHING = new byte[0];
  private static final Answer THING = Answer.ok(Map.of("object", "thing", "id", "x"));

  private record Role(String name) implements HttpRole {
    @Override
    public void routes(Routes routes) {}

    @Override
    public Health health() {
      return Health.up("fine");
    }
  }

  private static Answer held(String method, byte[] read, String type, Answer answer) {
    DeclaredRoute route =
        new DeclaredRoute("noted", method, "/v1/things", Guard.operator(), List.of());
    return new OpenApi(List.of(new Role("listener"), new Role("noted")), List.of(route))
        .held(route, read, type, answer);
  }

  private static Answer patched(Answer answer) {
    return held("PATCH", NOTHING, "", answer);
  }

  private static byte[] json(String text) {
    return text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
  }

  private static void assertMisfit(Answer answer, String misfit) {
    assertThat(answer.status()).isEqualTo(500);
    assertThat(StrictJson.read(answer.body(), JsonNode.class).at("/error/message").asText())
        .isEqualTo(misfit);
  }

  @Test
  void leavesAnAnswerThatIsAsDocumented() {
    byte[] body = json("{'one_name':'n','parts':[],'flags':{}}");

    assertThat(held("POST", body, "", THING)).isSameAs(THING);
    assertThat(held("POST", body, "application/json", THING)).isSameAs(THING);
  }

  @Test
  void tellsWhatAnAnswerHasOrLacks() {
    assertMisfit(
        held("PUT", json("[]"), "application/thing+json", Answer.ok(Map.of("object", "thing"))),
        "PUT /v1/things answers what /openapi.json does not say: .id is missing");
    assertMisfit(
        held(
            "PUT",
            json("[]"),
            "application/thing+json",
            Answer.ok(Map.of("object", "thing", "id", "x", "more", 1))),
        "PUT /v1/things answers what /openapi.json does not say: .more = 1 is not declared");
    assertMisfit(
        held(
            "PUT",
            json("[]"),
            "application/thing+json",
            Answer.text(200, "text/plain; charset=utf-8", "x")),
        "PUT /v1/things answers what /openapi.json does not say: text/plain is none of"
            + " [application/json]");
  }

  @Test
  void tellsWhatABodyHasOrLacks() {
    assertMisfit(
        held("PUT", json("[{'object':'thing'}]"), "application/thing+json", THING),
        "PUT /v1/things takes what /openapi.json does not say: [0].id is missing");
    assertMisfit(
        held("PUT", json("[]"), "", THING),
        "PUT /v1/things takes what /openapi.json does not say: application/json is none of"
            + " [application/thing+json, text/csv]");
    assertMisfit(
        held("PUT", NOTHING, "", THING),
        "PUT /v1/things takes what /openapi.json does not say: no body");
    assertThat(held("PUT", json("a,b"), "text/csv", THING)).isSameAs(THING);
  }

  @Test
  void doesNotJudgeABodyThatWasRefused() {
    Answer refused = ErrorBodies.of("/v1/things", Refusal.notFound("id", "x"));

    assertThat(held("PUT", json("{}"), "", refused)).isSameAs(refused);
  }

  @Test
  void knowsHowRefusalsAreTold() {
    Answer refused = ErrorBodies.of("/v1/things", Refusal.notFound("id", "x"));
    Answer problem = ErrorBodies.of("/v1/events", Refusal.notFound("id", "x"));

    assertThat(patched(refused)).isSameAs(refused);
    assertThat(patched(problem)).isSameAs(problem);
    assertMisfit(
        patched(Answer.json(404, Map.of("message", "none"))),
        "PATCH /v1/things answers what /openapi.json does not say: .error is missing");
  }

  @Test
  void knowsAnAnswerOfAStatusOfItsOwn() {
    Answer other = Answer.json(409, Map.of("object", "thing", "id", "x"));

    assertThat(patched(other)).isSameAs(other);
  }

  @Test
  void looksAtTheMediaTypeOnlyOfWhatIsWrittenWhileItIsSent() {
    Answer lines = Answer.streamed("application/x-ndjson", out -> {});

    assertThat(patched(lines)).isSameAs(lines);
    assertMisfit(
        patched(Answer.streamed("text/csv", out -> {})),
        "PATCH /v1/things answers what /openapi.json does not say: text/csv is none of"
            + " [application/json, application/x-ndjson]");
  }
}

package io.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RouteNotesTest {
  record Read(String name) {}

  private static final class Role implements HttpRole {
    @Override
    public String name() {
      return "noted";
    }

    @Override
    public void routes(Routes routes) {}

    @Override
    public Health health() {
      return Health.up("fine");
    }
  }

  private static RouteNotes.Note note(String line) {
    HttpRole role = new Role();
    Shapes shapes = new Shapes();
    shapes.add(role);
    String[] name = line.split(" ", 3);
    DeclaredRoute route = new DeclaredRoute("noted", name[0], name[1], Guard.anyone(), List.of());
    return RouteNotes.read(new NotedWords(role, shapes), line).find(route).orElseThrow();
  }

  @Test
  void saysWhatIsReadAndAnswered() {
    RouteNotes.Note note = note("POST /a | Makes. | RouteNotesTest$Read | thing, 409 text/plain");

    assertThat(note.summary()).isEqualTo("Makes.");
    assertThat(note.mustHaveBody()).isTrue();
    assertThat(note.body().byMediaType()).containsOnlyKeys("application/json");
    assertThat(note.answer(201).orElseThrow().byMediaType())
        .isEqualTo(Map.of("application/json", Map.of("$ref", "#/components/schemas/thing")));
    assertThat(note.answer(409).orElseThrow().byMediaType())
        .isEqualTo(Map.of("text/plain", Map.of("type", "string")));
    assertThat(note.answer(400)).isEmpty();
  }

  @Test
  void saysWhetherABodyMayBeMissing() {
    assertThat(note("POST /a | Makes. | thing? | thing").mustHaveBody()).isFalse();
    assertThat(note("POST /a | Makes. | thing? | thing").body().isEmpty()).isFalse();
    assertThat(note("POST /a | Makes. | | thing").mustHaveBody()).isFalse();
    assertThat(note("POST /a | Makes. | | thing").body().isEmpty()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /a | Shows.",
        "GET /a | Shows. | | ",
        "GET /a | | | thing",
        "GET /a | Shows. | thing | thing | thing",
        "GET /a | Shows. | | unheard",
        "GET /a | Shows. | | Unheard",
        "GET /a | Shows. | | RouteNotesTest",
        "GET /a | Shows. | | thing, ",
        "GET /a | Shows. | | 503 thing",
        "GET /a | Shows. | 200 thing | thing",
        "GET /a | Shows. | | thing\nGET /a | Shows. | | thing",
      })
  void refusesALineThatItDoesNotUnderstand(String line) {
    assertThatThrownBy(() -> note(line))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith(": " + line.lines().findFirst().orElseThrow());
  }
}

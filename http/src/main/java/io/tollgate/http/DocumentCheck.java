package io.tollgate.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * Holds what routes take and answer against the served document, so that neither can change without
 * the other. What is wrong with a refused body the document need not say.
 *
 * @param shapes what schemas refer to by name
 */
record DocumentCheck(Map<String, Map<String, Object>> shapes) {
  /** Whether anything is held: where assertions are on, as in tests and what they start. */
  static final boolean IS_ON = DocumentCheck.class.desiredAssertionStatus();

  /**
   * The answer, or one that says what in it or in the body that led to it is not documented.
   *
   * @param read of the body; empty if nothing was
   * @param type the media type of the body; empty if not said
   */
  Answer held(DeclaredRoute route, RouteNotes.Note note, byte[] read, String type, Answer answer) {
    return misfitOfBody(note, read, type, answer)
        .map(misfit -> "takes what /openapi.json does not say: " + misfit)
        .or(
            () ->
                misfitOfAnswer(note, answer)
                    .map(misfit -> "answers what /openapi.json does not say: " + misfit))
        .map(misfit -> ErrorBodies.undocumented(route.path(), route.name() + " " + misfit))
        .orElse(answer);
  }

  private Optional<String> misfitOfBody(
      RouteNotes.Note note, byte[] read, String type, Answer answer) {
    if (answer.status() / 100 != 2) {
      return Optional.empty();
    }
    if (read.length == 0) {
      return note.mustHaveBody() ? Optional.of("no body") : Optional.empty();
    }
    return misfit(read, type.isEmpty() ? Answer.JSON : type, note.body());
  }

  private Optional<String> misfitOfAnswer(RouteNotes.Note note, Answer answer) {
    return misfit(
        answer.body(),
        answer.contentType().split(";", 2)[0],
        note.answer(answer.status()).orElse(ErrorBodies.CONTENT));
  }

  private Optional<String> misfit(byte[] body, String type, NotedContent told) {
    Map<String, Object> schema = told.byMediaType().get(type);
    if (schema == null) {
      return Optional.of(type + " is none of " + told.byMediaType().keySet());
    }
    if (!type.equals(Answer.JSON) && !type.endsWith("+json")) {
      return Optional.empty();
    }
    try {
      JsonNode json = StrictJson.mapper().readTree(body);
      return new ShapeCheck(shapes).misfit(json, schema);
    } catch (IOException e) {
      return Optional.of("it is no JSON: " + e.getMessage());
    }
  }
}

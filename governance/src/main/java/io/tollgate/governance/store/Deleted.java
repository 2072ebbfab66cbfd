package io.tollgate.governance.store;

import io.tollgate.http.Answer;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the API answers when something is no more. */
public final class Deleted {
  private Deleted() {}

  /**
   * The answer.
   *
   * @param object what the thing was, as the API calls it
   */
  public static Answer answer(String object, String id) {
    return Answer.ok(json(object, id));
  }

  /** The body of that answer. */
  public static Map<String, Object> json(String object, String id) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", object + ".deleted");
    json.put("id", id);
    json.put("deleted", true);
    return json;
  }
}

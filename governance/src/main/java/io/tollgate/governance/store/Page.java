package io.tollgate.governance.store;

import io.tollgate.http.Call;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Which part of a list is wanted, in the imitated API's manner: at most {@code limit} things, those
 * that follow the thing with the id {@code after}. Lists are in order of creation, then of id.
 */
public record Page(int limit, Optional<String> after) {
  @SuppressWarnings("MutablePublicArray") // handed on as varargs; nobody writes to it
  public static final String[] PARAMETERS = {"limit", "after"};

  private static final int MOST = 100;
  private static final int USUAL = 20;

  public static Page of(Call call) {
    int limit = call.query().wholeNumber("limit", 1, MOST).map(Math::toIntExact).orElse(USUAL);
    return new Page(limit, call.query().text("after"));
  }

  /** One more than wanted, to know whether there are more. */
  public int toFetch() {
    return limit + 1;
  }

  /**
   * The list envelope.
   *
   * @param found at most {@link #toFetch()} things
   */
  public <T> Map<String, Object> envelope(List<T> found, Function<T, Map<String, Object>> json) {
    List<Map<String, Object>> data = new ArrayList<>();
    found.stream().limit(limit).map(json).forEach(data::add);
    Map<String, Object> envelope = new LinkedHashMap<>();
    envelope.put("object", "list");
    envelope.put("data", data);
    envelope.put("first_id", data.isEmpty() ? null : data.getFirst().get("id"));
    envelope.put("last_id", data.isEmpty() ? null : data.getLast().get("id"));
    envelope.put("has_more", found.size() > limit);
    return envelope;
  }
}

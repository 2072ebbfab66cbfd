package io.tollgate.governance.store;

import io.tollgate.http.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What goes into an audit row as text: bounded, and without anything that looks like a secret, also
 * where a caller put one into a name or a path.
 */
public final class AuditText {
  /** By far above any document that is kept here. */
  static final int MOST_JSON = 256 << 10;

  private static final int MOST_LINE = 512;
  private static final String HIDDEN = "(hidden)";

  /** Bearer secrets of ours and of the providers, and signing secrets of webhooks. */
  private static final Pattern SECRET =
      Pattern.compile("\\b(?:tg|sk|whsec)[-_][A-Za-z0-9_\\-+/=]{32,}");

  private AuditText() {}

  /** A JSON object; only its size if that is beyond all reason. */
  static @Nullable String json(@Nullable Map<String, ?> thing) {
    if (thing == null) {
      return null;
    }
    String json = hidden(new String(StrictJson.write(thing), StandardCharsets.UTF_8));
    return json.length() <= MOST_JSON ? json : "{\"omitted_characters\":" + json.length() + "}";
  }

  /** A line that a caller has written: cut off, and without control characters. */
  public static String line(String given) {
    String line = given.length() <= MOST_LINE ? given : given.substring(0, MOST_LINE) + "...";
    return hidden(line.replaceAll("\\p{Cntrl}", "?"));
  }

  private static String hidden(String text) {
    return SECRET.matcher(text).replaceAll(HIDDEN);
  }
}

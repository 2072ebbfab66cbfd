package io.tollgate.embedded;

import com.sun.net.httpserver.Headers;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a request of ClickHouse's HTTP interface says beside its body.
 *
 * @param query from the URL; empty when the body is the statement
 * @param settings of the engine, for this request alone
 * @param parameters for {@code {name:Type}} in the statement
 * @param compressedAnswer whether the answer is to be in ClickHouse's own compressed blocks
 * @param compressedBody whether the body is in those
 */
record ClickHouseRequest(
    String user,
    String password,
    String query,
    String database,
    String format,
    Map<String, String> settings,
    Map<String, String> parameters,
    boolean compressedAnswer,
    boolean compressedBody) {
  private static final String PARAMETER = "param_";

  /**
   * Parameters of the HTTP interface itself that have no meaning for one engine connection per
   * request.
   */
  private static final Set<String> OF_THE_INTERFACE =
      Set.of(
          "query",
          "query_id",
          "database",
          "default_format",
          "user",
          "password",
          "quota_key",
          "compress",
          "decompress",
          "enable_http_compression",
          "http_zlib_compression_level",
          "wait_end_of_query",
          "buffer_size",
          "stacktrace",
          "client_protocol_version");

  private static final Pattern SETTING = Pattern.compile("[A-Za-z0-9_.]{1,128}");

  ClickHouseRequest {
    settings = Map.copyOf(settings);
    parameters = Map.copyOf(parameters);
  }

  static ClickHouseRequest parse(URI uri, Headers headers) throws ClickHouseError {
    Map<String, String> all = urlParameters(uri);
    if (all.containsKey("session_id")) {
      throw new ClickHouseError(
          ClickHouseError.NOT_IMPLEMENTED,
          "session_id: each request has an engine session of its own here");
    }
    Map<String, String> settings = new LinkedHashMap<>();
    Map<String, String> parameters = new LinkedHashMap<>();
    for (Map.Entry<String, String> each : all.entrySet()) {
      String name = each.getKey();
      if (name.startsWith(PARAMETER)) {
        parameters.put(name.substring(PARAMETER.length()), each.getValue());
      } else if (!OF_THE_INTERFACE.contains(name)) {
        if (!SETTING.matcher(name).matches()) {
          throw new ClickHouseError(
              ClickHouseError.BAD_ARGUMENTS, "Not the name of a setting: " + name);
        }
        settings.put(name, each.getValue());
      }
    }
    String[] basic = basic(headers.getFirst("Authorization"));
    return new ClickHouseRequest(
        first(basic[0], headers.getFirst("X-ClickHouse-User"), all.get("user"), "default"),
        first(basic[1], headers.getFirst("X-ClickHouse-Key"), all.get("password"), ""),
        all.getOrDefault("query", ""),
        first(headers.getFirst("X-ClickHouse-Database"), all.get("database"), "default"),
        first(headers.getFirst("X-ClickHouse-Format"), all.get("default_format"), "TabSeparated"),
        settings,
        parameters,
        "1".equals(all.get("compress")),
        "1".equals(all.get("decompress")));
  }

  private static Map<String, String> urlParameters(URI uri) {
    Map<String, String> found = new LinkedHashMap<>();
    String raw = uri.getRawQuery();
    if (raw != null && !raw.isEmpty()) {
      for (String pair : raw.split("&", -1)) {
        int equals = pair.indexOf('=');
        String name = equals < 0 ? pair : pair.substring(0, equals);
        String value = equals < 0 ? "" : pair.substring(equals + 1);
        found.put(decode(name), decode(value));
      }
    }
    return found;
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  private static @Nullable String[] basic(@Nullable String authorization) throws ClickHouseError {
    if (authorization == null || !authorization.startsWith("Basic ")) {
      return new @Nullable String[] {null, null};
    }
    try {
      String text =
          new String(
              Base64.getDecoder().decode(authorization.substring("Basic ".length()).strip()),
              StandardCharsets.UTF_8);
      int colon = text.indexOf(':');
      return colon < 0
          ? new @Nullable String[] {text, ""}
          : new @Nullable String[] {text.substring(0, colon), text.substring(colon + 1)};
    } catch (IllegalArgumentException e) {
      throw new ClickHouseError(
          ClickHouseError.AUTHENTICATION_FAILED, "The Authorization header is not Basic's");
    }
  }

  private static String first(@Nullable String... candidates) {
    for (String candidate : candidates) {
      if (candidate != null) {
        return candidate;
      }
    }
    return "";
  }

  /**
   * An INSERT whose rows come as the request's data.
   *
   * @param sql without FORMAT
   */
  record InsertHead(String sql, String format) {
    private static final Pattern WITH_FORMAT =
        Pattern.compile(
            "(?is)\\A(\\s*INSERT\\s+INTO\\s.*?)\\sFORMAT\\s+([A-Za-z0-9]+)\\s*;?\\s*\\z");
    private static final Pattern WITH_VALUES =
        Pattern.compile("(?is)\\A(\\s*INSERT\\s+INTO\\s.*?)\\sVALUES\\s*\\z");

    /** Null when the statement is complete by itself. */
    static @Nullable InsertHead of(String statement) {
      Matcher format = WITH_FORMAT.matcher(statement);
      if (format.matches()) {
        return new InsertHead(format.group(1), format.group(2));
      }
      Matcher values = WITH_VALUES.matcher(statement);
      return values.matches() ? new InsertHead(values.group(1), "Values") : null;
    }
  }
}

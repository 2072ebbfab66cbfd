package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.governance.store.Database;
import java.util.List;
import java.util.regex.Pattern;
import org.jdbi.v3.core.Handle;

/** Walks every audit row of a database and looks for what must not be there. */
final class AuditWalk {
  /** A bearer secret, a webhook's, or a password in a URL. */
  private static final Pattern SECRET =
      Pattern.compile("(tg|sk|whsec)[-_][A-Za-z0-9_\\-+/=]{32,}|://[^/\\s\"]*:[^/\\s\"]*@");

  /** A digest in hex; that of a price version is published and no secret's. */
  private static final Pattern HASH =
      Pattern.compile("(?<!\"digest\":\")\\b[0-9a-f]{64}\\b", Pattern.CASE_INSENSITIVE);

  private AuditWalk() {}

  static void findNoSecret(Database database) {
    List<String> rows =
        database.read(
            handle ->
                handle
                    .createQuery("SELECT (to_jsonb(audit) - 'hash')::text FROM audit")
                    .mapTo(String.class)
                    .list());
    List<String> hashes = database.read(AuditWalk::hashes);
    assertThat(hashes).as("the operator's at least").isNotEmpty();
    assertThat(rows)
        .allSatisfy(
            row -> {
              String text = row.replace("\\\"", "\"");
              assertThat(SECRET.matcher(text).find()).as(row).isFalse();
              assertThat(HASH.matcher(text).find()).as(row).isFalse();
              assertThat(hashes).noneMatch(row::contains);
            });
  }

  /** Whatever any table calls a hash or a secret. */
  private static List<String> hashes(Handle handle) {
    return handle
        .createQuery(
            "SELECT table_name, column_name FROM information_schema.columns"
                + " WHERE table_schema = current_schema() AND table_name NOT LIKE 'audit%'"
                + " AND data_type = 'text' AND column_name ~ '(hash|secret)$'")
        .map(
            (row, context) ->
                "SELECT %2$s FROM %1$s WHERE %2$s <> ''"
                    .formatted(row.getString("table_name"), row.getString("column_name")))
        .list()
        .stream()
        .flatMap(sql -> handle.createQuery(sql).mapTo(String.class).list().stream())
        .toList();
  }
}

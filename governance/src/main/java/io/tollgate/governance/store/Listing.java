package io.tollgate.governance.store;

import io.tollgate.schemas.InvalidInput;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jspecify.annotations.Nullable;

/**
 * One page of a table in order of creation, then of id.
 *
 * @param table a table with {@code id} and {@code created_at}
 * @param where SQL that all rows of the list meet, with named parameters
 */
public record Listing<T>(
    String table, String where, Map<String, String> parameters, RowMapper<T> mapper) {
  /**
   * The rows of a page and one more.
   *
   * @throws InvalidInput if the list has no row with the id to go on after
   */
  public List<T> read(Handle handle, Page page) {
    if (page.after().isEmpty()) {
      return handle
          .createQuery(
              "SELECT * FROM " + table + " WHERE " + where + " ORDER BY created_at, id LIMIT :most")
          .bindMap(parameters)
          .bind("most", page.toFetch())
          .map(mapper)
          .list();
    }
    String after = page.after().get();
    Optional<Instant> start =
        handle
            .createQuery("SELECT created_at FROM " + table + " WHERE id = :after AND " + where)
            .bindMap(parameters)
            .bind("after", after)
            .map((row, context) -> instant(row, "created_at"))
            .findOne();
    InvalidInput.unless(start.isPresent(), "after", after, "must be an id of this list");
    return handle
        .createQuery(
            "SELECT * FROM "
                + table
                + " WHERE "
                + where
                + " AND (created_at, id) > (:start, :after) ORDER BY created_at, id LIMIT :most")
        .bindMap(parameters)
        .bind("start", start.get())
        .bind("after", after)
        .bind("most", page.toFetch())
        .map(mapper)
        .list();
  }

  public static Instant instant(ResultSet row, String column) throws SQLException {
    return Objects.requireNonNull(optionalInstant(row, column), column);
  }

  public static @Nullable Instant optionalInstant(ResultSet row, String column)
      throws SQLException {
    OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }
}

package io.tollgate.governance;

import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Outbox;
import io.tollgate.governance.store.TopicRecords;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Organization;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Records that say only which version of their key they are, so that order can be told. */
final class TopicVersions {
  private TopicVersions() {}

  static void publish(Change change, String key, int version) {
    change.publish(
        Topics.ORGANIZATIONS,
        key,
        Organization.newBuilder()
            .setOrganizationId(key)
            .setName("Versioned")
            .setTimeZone("UTC")
            .setCurrency("USD")
            .setValidFrom(change.now())
            .setVersion(version)
            .build());
  }

  record Versioned(String key, int version) {}

  /** What a row of the outbox says. */
  static Versioned of(ResultSet row) throws SQLException {
    return new Versioned(
        row.getString("key"),
        Outbox.decode(Topics.ORGANIZATIONS, row.getBytes("body"), row.getString("schema"))
            .getVersion());
  }

  /** All committed versions of keys that begin so, in the order of the topic. */
  static Map<String, List<Integer>> onTheTopic(Endpoints kafka, String prefix) {
    Map<String, List<Integer>> versions = new LinkedHashMap<>();
    TopicRecords.read(
        kafka,
        Topics.ORGANIZATIONS,
        (key, record) -> {
          if (key.startsWith(prefix) && record.isPresent()) {
            versions
                .computeIfAbsent(key, missing -> new ArrayList<>())
                .add(record.get().getVersion());
          }
        });
    return versions;
  }
}

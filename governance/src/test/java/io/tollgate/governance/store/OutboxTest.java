package io.tollgate.governance.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Organization;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class OutboxTest {
  @Test
  void givesARecordBackFromARow() {
    Organization organization =
        Organization.newBuilder()
            .setOrganizationId("org_1")
            .setName("Acme")
            .setTimeZone("UTC")
            .setCurrency("USD")
            .setValidFrom(Instant.parse("2026-03-01T00:00:00Z"))
            .setVersion(3)
            .build();

    byte[] body = Outbox.encode(Topics.ORGANIZATIONS, organization);

    assertThat(Outbox.decode(Topics.ORGANIZATIONS, body, Topics.ORGANIZATIONS.schema().toString()))
        .isEqualTo(organization);
  }

  @Test
  void readsRowsOfAnOlderSchema() {
    String older =
        """
        {"type": "record", "name": "Organization", "namespace": "io.tollgate.schemas.avro",
         "fields": [
           {"name": "organization_id", "type": "string"}, {"name": "name", "type": "string"},
           {"name": "time_zone", "type": "string"}, {"name": "currency", "type": "string"},
           {"name": "valid_from", "type": {"type": "long", "logicalType": "timestamp-millis"}},
           {"name": "version", "type": "int"}]}
        """;
    // Wire header, then one-letter texts, an instant and a version; valid_until was not there yet.
    byte[] body = {0, 0, 0, 0, 0, 2, 'a', 2, 'b', 2, 'c', 2, 'd', 2, 4};

    Organization organization = Outbox.decode(Topics.ORGANIZATIONS, body, older);

    assertThat(organization.getOrganizationId()).isEqualTo("a");
    assertThat(organization.getVersion()).isEqualTo(2);
    assertThat(organization.getValidUntil()).isNull();
  }
}

package io.tollgate.streams;

import io.tollgate.schemas.avro.Organization;
import java.time.Instant;
import java.time.ZoneId;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/** The organizations whose deltas come to one task. */
final class OrganizationStates {
  private final KeyValueStore<String, byte[]> store;
  private final GlobalTables tables;

  OrganizationStates(KeyValueStore<String, byte[]> store, GlobalTables tables) {
    this.store = store;
    this.tables = tables;
  }

  @Nullable OrganizationState get(String organizationId) {
    byte[] bytes = store.get(organizationId);
    return bytes == null ? null : OrganizationState.fromBytes(bytes);
  }

  void put(String organizationId, OrganizationState state) {
    store.put(organizationId, state.toBytes());
  }

  /** The time zones that periods are cut in; null if the organization is not known here yet. */
  @Nullable ZoneHistory zones(String organizationId) {
    OrganizationState state = get(organizationId);
    return state == null ? null : state.zones();
  }

  /** Takes over the zone that governance has published, which a later period will be cut in. */
  OrganizationState refreshed(String organizationId, OrganizationState state, Instant now) {
    Organization organization = tables.organization(organizationId);
    return organization == null ? state : state.in(ZoneId.of(organization.getTimeZone()), now);
  }
}

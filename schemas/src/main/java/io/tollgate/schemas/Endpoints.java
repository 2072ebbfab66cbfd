package io.tollgate.schemas;

import java.net.URI;

/**
 * Where the shared infrastructure is.
 *
 * @param bootstrapServers Kafka's, as its clients take them
 * @param registry the schema registry's Confluent-compatible API
 */
public record Endpoints(String bootstrapServers, URI registry) {
  public Endpoints {
    InvalidInput.unless(
        !bootstrapServers.isBlank(), "bootstrap_servers", bootstrapServers, "must not be blank");
  }
}

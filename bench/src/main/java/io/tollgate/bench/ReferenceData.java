package io.tollgate.bench;

import io.tollgate.rating.PricePages;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.ApiKey;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.PriceBookRecord;
import io.tollgate.schemas.avro.PriceRate;
import io.tollgate.schemas.avro.Workspace;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Publishes the tenants and prices of a workload as governance would. */
final class ReferenceData implements AutoCloseable {
  static final Instant SINCE = Instant.parse("2020-01-01T00:00:00Z");

  private final SchemaIds ids;
  private final KafkaProducer<String, byte[]> producer;

  ReferenceData(String bootstrapServers, SchemaIds ids) {
    this.ids = ids;
    this.producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ProducerConfig.ACKS_CONFIG,
                "all",
                // With several, the first batch to a new topic can be lost (KAFKA-14359).
                ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION,
                1),
            new StringSerializer(),
            new ByteArraySerializer());
  }

  void publish(Workload workload) {
    publishPrices();
    Set<String> told = new HashSet<>();
    workload.eachKey(
        (organization, workspace, key) -> {
          if (told.add(organization)) {
            send(Topics.ORGANIZATIONS, organization, organization(organization));
          }
          if (told.add(workspace)) {
            send(
                Topics.WORKSPACES,
                workspace,
                new Workspace(
                    workspace,
                    organization,
                    workspace,
                    SINCE,
                    null,
                    1,
                    List.of(),
                    false,
                    Map.of()));
          }
          send(Topics.API_KEYS, key, new ApiKey(key, organization, workspace, key, SINCE, null, 1));
        });
    producer.flush();
  }

  void publishTenant(String organization, String workspace) {
    send(Topics.ORGANIZATIONS, organization, organization(organization));
    send(
        Topics.WORKSPACES,
        workspace,
        new Workspace(
            workspace, organization, workspace, SINCE, null, 1, List.of(), false, Map.of()));
  }

  void publish(ApiKey key) {
    send(Topics.API_KEYS, key.getApiKeyId(), key);
  }

  void publish(Budget budget) {
    send(Topics.BUDGETS, budget.getBudgetId(), budget);
  }

  private static Organization organization(String id) {
    return new Organization(id, id, "UTC", "USD", SINCE, null, 1, List.of(), false);
  }

  void publishPrices() {
    List<PriceRate> rates = new ArrayList<>();
    for (String model : Workload.MODELS) {
      rates.add(rate(model, "input", "2.5"));
      rates.add(rate(model, "cache_read", "0.25"));
      rates.add(rate(model, "output", "10"));
    }
    for (PriceBookRecord page :
        PricePages.of(
            new PriceBookId("bench"), 1, PricePages.base("USD", SINCE, SINCE), rates, List.of())) {
      send(Topics.PRICE_BOOKS, "bench/1/" + page.getPage(), page);
    }
  }

  private static PriceRate rate(String model, String meter, String perMillion) {
    return new PriceRate(
        "bench", model, "standard", null, meter, new BigDecimal(perMillion).setScale(6));
  }

  private <V extends SpecificRecord> void send(Topic<V> topic, String key, V value) {
    var unused =
        producer.send(
            new ProducerRecord<>(topic.name(), key, AvroSerde.of(topic, ids).encode(value)));
  }

  @Override
  public void close() {
    producer.close();
  }
}

package io.tollgate.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.embedded.LocalStack;
import io.tollgate.embedded.Part;
import io.tollgate.http.HttpListener;
import io.tollgate.http.ListenerConfig;
import io.tollgate.http.PrincipalSource;
import io.tollgate.http.Principals;
import io.tollgate.http.Secret;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.CompactedView;
import io.tollgate.schemas.LimitKey;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Admission;
import io.tollgate.schemas.avro.LimitState;
import io.tollgate.schemas.avro.Principal;
import io.tollgate.schemas.avro.PrincipalKind;
import io.tollgate.schemas.avro.ScopeKind;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From limits.state over Kafka to what a gateway is told over HTTP. */
final class AdmissionIT {
  private static final String GATEWAY = "tg-acme-gateway";
  private static final String WRITER = "tg-acme-writer";

  @Test
  void aGatewayIsToldWhomToStop(@TempDir Path data) {
    try (LocalStack stack =
            LocalStack.in(data).only(Part.KAFKA, Part.REGISTRY).durable(false).start();
        HttpClient client = HttpClient.newHttpClient()) {
      String kafka = stack.kafka().bootstrapServers();
      UsageLog.create(kafka);
      RegistryClient registry = RegistryClient.at(stack.registry().url());
      try (Writer writer = new Writer(kafka, registry)) {
        writer.put(Topics.PRINCIPALS, new Secret(GATEWAY).hash(), principal(GATEWAY, "admission"));
        writer.put(Topics.PRINCIPALS, new Secret(WRITER).hash(), principal(WRITER, "events:write"));
        LimitState blocked = blocked();
        String key = LimitKey.of(blocked).text();
        writer.put(Topics.LIMITS_STATE, key, blocked);
        try (CompactedView<Principal> view =
                CompactedView.start(Topics.PRINCIPALS, kafka, registry);
            Ingest ingest =
                Ingest.start(kafka, registry, IngestSettings.standard(), InstantSource.system());
            HttpListener listener =
                HttpListener.start(
                    ListenerConfig.onLoopback(0),
                    List.of(ingest),
                    new Principals(List.of(PrincipalSource.of(view)), InstantSource.system()),
                    new SimpleMeterRegistry())) {
          view.awaitCaughtUp(Duration.ofSeconds(30));
          String route = "http://127.0.0.1:" + listener.port() + "/v1/admission";
          await()
              .atMost(Duration.ofSeconds(20))
              .untilAsserted(
                  () ->
                      assertThat(get(client, route, GATEWAY).body())
                          .contains("\"admission\":\"blocked\"", "\"budget:b1\""));
          assertThat(get(client, route + "?api_key_id=nobody", GATEWAY).statusCode())
              .isEqualTo(404);
          assertThat(get(client, route, WRITER).statusCode()).isEqualTo(403);
          writer.put(Topics.LIMITS_STATE, key, null);
          await()
              .atMost(Duration.ofSeconds(20))
              .untilAsserted(
                  () ->
                      assertThat(get(client, route, GATEWAY).body())
                          .contains("\"admission\":\"open\"", "\"until\":null"));
        }
      }
    }
  }

  private static LimitState blocked() {
    return LimitState.newBuilder()
        .setOrganizationId("acme")
        .setScope(ScopeKind.ORGANIZATION)
        .setAdmission(Admission.BLOCKED)
        .setReasons(List.of("budget:b1"))
        .setCurrency("USD")
        .setSpent(Money.ZERO.value())
        .setVersion(1)
        .build();
  }

  private static Principal principal(String secret, String scope) {
    return Principal.newBuilder()
        .setKeyHash(new Secret(secret).hash())
        .setKind(PrincipalKind.API_KEY)
        .setPrincipalId("key_1")
        .setOrganizationId("acme")
        .setWorkspaceId("prod")
        .setScopes(List.of(scope))
        .setValidFrom(Instant.now().minusSeconds(60))
        .setVersion(1)
        .build();
  }

  private static HttpResponse<String> get(HttpClient client, String uri, String secret) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(uri))
            .header("Authorization", "Bearer " + secret)
            .timeout(Duration.ofSeconds(30))
            .build();
    return client.sendAsync(request, BodyHandlers.ofString()).join();
  }

  private static final class Writer implements AutoCloseable {
    private final RegistryClient registry;
    private final KafkaProducer<String, byte[]> producer;

    Writer(String kafka, RegistryClient registry) {
      this.registry = registry;
      this.producer =
          new KafkaProducer<>(
              Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka),
              new StringSerializer(),
              new org.apache.kafka.common.serialization.ByteArraySerializer());
    }

    <V extends SpecificRecord> void put(Topic<V> topic, String key, @Nullable V value) {
      byte[] bytes = AvroSerde.of(topic, registry).serialize(topic.name(), value);
      var unused = producer.send(new ProducerRecord<>(topic.name(), key, bytes));
      producer.flush();
    }

    @Override
    public void close() {
      producer.close();
    }
  }
}

package io.tollgate.ingest;

import io.tollgate.http.Guard;
import io.tollgate.http.Health;
import io.tollgate.http.HttpRole;
import io.tollgate.http.Routes;
import io.tollgate.http.Scope;
import io.tollgate.schemas.SchemaIds;
import java.time.InstantSource;

/**
 * The role that takes usage events in over HTTP: {@code POST /v1/events}. Owns a publisher; keeps
 * nothing but what is in flight, so any number of these may run side by side.
 */
public final class Ingest implements HttpRole, AutoCloseable {
  private final UsagePublisher publisher;
  private final EventIntake intake;

  private Ingest(UsagePublisher publisher, EventIntake intake) {
    this.publisher = publisher;
    this.intake = intake;
  }

  /**
   * Connects to Kafka.
   *
   * @throws KafkaUnavailable if Kafka does not answer
   */
  public static Ingest start(
      String bootstrapServers, SchemaIds schemas, IngestSettings settings, InstantSource clock) {
    UsagePublisher publisher = UsagePublisher.open(bootstrapServers, schemas, settings.publisher());
    return new Ingest(publisher, new EventIntake(publisher, settings, clock));
  }

  @Override
  public String name() {
    return "ingest";
  }

  @Override
  public void routes(Routes routes) {
    routes.post("/v1/events", Guard.apiKey(Scope.EVENTS_WRITE), intake);
  }

  @Override
  public Health health() {
    return intake.health();
  }

  /** Waits, at most the delivery bound, for what is in flight. Close the listener first. */
  @Override
  public void close() {
    publisher.close();
  }
}

package io.tollgate.ingest;

import io.tollgate.http.Guard;
import io.tollgate.http.Health;
import io.tollgate.http.HttpRole;
import io.tollgate.http.Routes;
import io.tollgate.http.Scope;
import io.tollgate.schemas.CompactedView;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.ApiKey;
import io.tollgate.schemas.avro.LimitState;
import java.time.InstantSource;

/**
 * The role that takes usage events in over HTTP, {@code POST /v1/events}, and says whom to stop,
 * {@code GET /v1/admission}. Owns a publisher and views of limits and keys; keeps nothing but what
 * is in flight, so any number of these may run side by side.
 */
public final class Ingest implements HttpRole, AutoCloseable {
  private final UsagePublisher publisher;
  private final EventIntake intake;
  private final CompactedView<LimitState> limits;
  private final CompactedView<ApiKey> apiKeys;
  private final AdmissionRoute admission;

  private Ingest(
      UsagePublisher publisher,
      EventIntake intake,
      CompactedView<LimitState> limits,
      CompactedView<ApiKey> apiKeys,
      InstantSource clock) {
    this.publisher = publisher;
    this.intake = intake;
    this.limits = limits;
    this.apiKeys = apiKeys;
    this.admission =
        new AdmissionRoute(
            LimitsView.over(limits, clock),
            apiKeys::get,
            () -> limits.isCaughtUp() && apiKeys.isCaughtUp());
  }

  /**
   * Connects to Kafka.
   *
   * @throws KafkaUnavailable if Kafka does not answer
   */
  public static Ingest start(
      String bootstrapServers, SchemaIds schemas, IngestSettings settings, InstantSource clock) {
    UsagePublisher publisher = UsagePublisher.open(bootstrapServers, schemas, settings.publisher());
    return new Ingest(
        publisher,
        new EventIntake(publisher, settings, clock),
        CompactedView.start(Topics.LIMITS_STATE, bootstrapServers, schemas),
        CompactedView.start(Topics.API_KEYS, bootstrapServers, schemas),
        clock);
  }

  @Override
  public String name() {
    return "ingest";
  }

  @Override
  public void routes(Routes routes) {
    routes.post("/v1/events", Guard.apiKey(Scope.EVENTS_WRITE), intake);
    routes.get(
        "/v1/admission",
        Guard.apiKey(Scope.ADMISSION),
        admission,
        AdmissionRoute.API_KEY_ID,
        AdmissionRoute.MODEL,
        AdmissionRoute.USER,
        AdmissionRoute.FEATURE);
  }

  @Override
  public Health health() {
    return intake.health();
  }

  /** Waits, at most the delivery bound, for what is in flight. Close the listener first. */
  @Override
  public void close() {
    publisher.close();
    limits.close();
    apiKeys.close();
  }
}

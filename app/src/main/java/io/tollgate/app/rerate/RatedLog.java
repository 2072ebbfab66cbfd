package io.tollgate.app.rerate;

import io.tollgate.app.stack.StackProblem;
import io.tollgate.rating.PriceBooks;
import io.tollgate.rating.PublishedPrices;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.CompactedView;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.TopicReader;
import io.tollgate.schemas.TopicStart;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.UsageEventRules;
import io.tollgate.schemas.avro.PriceBookRecord;
import io.tollgate.schemas.avro.RatedUsage;
import java.time.Duration;
import java.time.Instant;
import org.apache.kafka.common.KafkaException;

/** Reads prices and rated events from the topics, committed records only, once. */
public final class RatedLog {
  private static final Duration PRICES = Duration.ofSeconds(30);

  private final Endpoints endpoints;

  public RatedLog(Endpoints endpoints) {
    this.endpoints = endpoints;
  }

  /** The prices that are visible now. */
  public PriceBooks prices() {
    try (CompactedView<PriceBookRecord> view =
        CompactedView.start(
            Topics.PRICE_BOOKS,
            endpoints.bootstrapServers(),
            RegistryClient.at(endpoints.registry()))) {
      view.awaitCaughtUp(PRICES);
      PublishedPrices prices = new PublishedPrices();
      view.values().forEach(prices::accept);
      return prices.snapshot();
    }
  }

  /**
   * What is in force of the events that were appended up to now.
   *
   * @param from earliest event time; an event is not appended long before it
   * @throws StackProblem if Kafka does not go on answering
   */
  public void read(InForce inForce, Instant from) {
    AvroSerde<RatedUsage> serde =
        AvroSerde.of(Topics.USAGE_RATED, RegistryClient.at(endpoints.registry()));
    try {
      TopicReader.of(endpoints.bootstrapServers(), Topics.USAGE_RATED)
          .from(new TopicStart.Appended(from.minus(UsageEventRules.MOST_AHEAD)))
          .readToEnd(record -> inForce.accept(serde.decode(record.value())));
    } catch (KafkaException e) {
      throw new StackProblem("usage.rated cannot be read: " + e.getMessage(), e);
    }
  }
}

package io.tollgate.ingest;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import io.tollgate.http.StrictJson;
import io.tollgate.ingest.RefusedBody.Kind;
import io.tollgate.schemas.UsageEventRules;
import io.tollgate.schemas.avro.UsageEvent;
import java.io.CharConversionException;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads bodies of {@code POST /v1/events}: JSON text to usage events, all or none. A batch with one
 * bad event is refused as a whole and names the event, so that a client never has to find out which
 * part went through.
 */
final class CloudEventReader {
  /** Most bytes of one event as JSON: the bound of a usage event itself. */
  static final int MOST_EVENT_BYTES = UsageEventRules.MOST_BYTES;

  static final int MOST_BATCH_BYTES = 4 * 1024 * 1024;
  static final int MOST_BATCH_EVENTS = 1_000;

  /** An event of a batch is followed by the next. */
  private static final ObjectReader JSON =
      StrictJson.mapper()
          .readerFor(JsonNode.class)
          .without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          // A refusal shows a number as it was written.
          .without(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES);

  private final UsageEventMapping mapping;

  CloudEventReader(InstantSource clock) {
    this.mapping = new UsageEventMapping(clock);
  }

  /**
   * The events of a body, in its order.
   *
   * @throws RefusedBody if anything in it breaks a rule
   */
  List<UsageEvent> read(byte[] body, CloudEventForm form, EventTenant tenant) {
    try (JsonParser parser = JSON.createParser(body)) {
      return read(parser, form, tenant);
    } catch (IOException e) {
      throw new IllegalStateException("reading from memory cannot fail", e);
    }
  }

  private List<UsageEvent> read(JsonParser parser, CloudEventForm form, EventTenant tenant)
      throws IOException {
    try {
      JsonToken first = parser.nextToken();
      if (first == null) {
        throw RefusedBody.of(Kind.MALFORMED, "body", "empty", "must be JSON");
      }
      boolean array = first == JsonToken.START_ARRAY;
      if (array && form == CloudEventForm.SINGLE) {
        throw RefusedBody.of(
            Kind.INVALID,
            "body",
            "an array",
            "must be one event; a batch is " + CloudEventForm.BATCH.mediaType());
      }
      if (!array && form == CloudEventForm.BATCH) {
        throw RefusedBody.of(
            Kind.INVALID,
            "body",
            "one value",
            "must be an array of events, as " + form.mediaType() + " says");
      }
      List<UsageEvent> events = array ? batch(parser, tenant) : List.of(event(parser, tenant));
      if (parser.nextToken() != null) {
        throw malformed(
            parser.currentTokenLocation(), "something follows after the end of the events");
      }
      return events;
    } catch (JsonProcessingException e) {
      JsonLocation where = e.getLocation();
      throw malformed(where == null ? parser.currentLocation() : where, e.getOriginalMessage());
    } catch (CharConversionException e) {
      throw malformed(parser.currentLocation(), "the bytes are not UTF-8");
    }
  }

  private List<UsageEvent> batch(JsonParser parser, EventTenant tenant) throws IOException {
    List<UsageEvent> events = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      int index = events.size();
      if (index == MOST_BATCH_EVENTS) {
        throw RefusedBody.of(
            Kind.TOO_LARGE,
            "body",
            "more than 1000 events",
            "must be at most " + MOST_BATCH_EVENTS + " events");
      }
      try {
        events.add(event(parser, tenant));
      } catch (RefusedBody e) {
        throw e.at(index);
      }
    }
    return events;
  }

  private UsageEvent event(JsonParser parser, EventTenant tenant) throws IOException {
    long start = parser.currentTokenLocation().getByteOffset();
    JsonNode event = JSON.readValue(parser);
    long bytes = parser.currentLocation().getByteOffset() - start;
    if (bytes > MOST_EVENT_BYTES) {
      throw tooLarge("event", bytes);
    }
    return mapping.event(new JsonFields(event, ""), tenant);
  }

  static RefusedBody tooLarge(String field, long bytes) {
    int bound = field.equals("event") ? MOST_EVENT_BYTES : MOST_BATCH_BYTES;
    return RefusedBody.of(
        Kind.TOO_LARGE, field, bytes + " bytes", "must be at most " + bound + " bytes");
  }

  private static RefusedBody malformed(JsonLocation where, String what) {
    return RefusedBody.of(
        Kind.MALFORMED,
        "body",
        "line " + where.getLineNr() + ", column " + where.getColumnNr(),
        "must be JSON: " + what);
  }
}

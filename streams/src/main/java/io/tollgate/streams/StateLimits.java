package io.tollgate.streams;

import io.tollgate.schemas.avro.LimitState;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.Record;

/** Where the standings of budgets become the states of their scopes. */
final class StateLimits implements Processor<String, LimitInput, String, LimitState> {
  @Override
  public void process(Record<String, LimitInput> record) {}
}

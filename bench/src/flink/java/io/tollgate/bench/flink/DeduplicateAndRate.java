package io.tollgate.bench.flink;

import io.tollgate.schemas.avro.Charge;
import io.tollgate.schemas.avro.Position;
import io.tollgate.schemas.avro.RatedKind;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.UsageEvent;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.api.java.tuple.Tuple6;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * Keyed by (organization, source, id): the first of a key is rated and goes on. In Flink's favour:
 * the digest is of the bytes as they are, prices are a constant table, nothing is validated and no
 * tenant looked up.
 */
final class DeduplicateAndRate
    extends KeyedProcessFunction<
        String, Tuple6<String, String, byte[], Integer, Long, Long>, Tuple2<byte[], byte[]>> {
  static final OutputTag<Tuple3<String, Long, Long>> USAGE =
      new OutputTag<>("usage", UsageJob.USAGE_TYPE);

  private static final long serialVersionUID = 1;
  private static final Duration REMEMBERED = Duration.ofDays(34);
  private static final int DIGEST_BYTES = 16;

  /** Dollars per million units, as the bench publishes them. */
  private static final Map<String, BigDecimal> RATES =
      Map.of(
          "input", new BigDecimal("2.500000"),
          "cache_read", new BigDecimal("0.250000"),
          "output", new BigDecimal("10.000000"));

  private final int ratedSchema;
  private transient @Nullable ValueState<byte[]> seen;
  private transient @Nullable Wire wire;
  private transient @Nullable MessageDigest sha;

  DeduplicateAndRate(int ratedSchema) {
    this.ratedSchema = ratedSchema;
  }

  @Override
  public void open(OpenContext context) throws NoSuchAlgorithmException {
    ValueStateDescriptor<byte[]> descriptor =
        new ValueStateDescriptor<>("seen", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
    descriptor.enableTimeToLive(StateTtlConfig.newBuilder(REMEMBERED).build());
    seen = getRuntimeContext().getState(descriptor);
    wire = new Wire();
    sha = MessageDigest.getInstance("SHA-256");
  }

  @Override
  public void processElement(
      Tuple6<String, String, byte[], Integer, Long, Long> read,
      Context context,
      Collector<Tuple2<byte[], byte[]>> out)
      throws IOException {
    ValueState<byte[]> digests = opened(seen);
    if (digests.value() != null) {
      return;
    }
    byte[] digest = java.util.Arrays.copyOf(opened(sha).digest(read.f2), DIGEST_BYTES);
    digests.update(digest);
    UsageEvent event = opened(wire).event(read.f2);
    List<Charge> charges = new ArrayList<>(event.getUnits().size());
    BigDecimal cost = BigDecimal.ZERO.setScale(12);
    long units = 0;
    for (Map.Entry<String, Long> meter : event.getUnits().entrySet()) {
      units += meter.getValue();
      if (meter.getValue() > 0) {
        BigDecimal rate = RATES.get(meter.getKey());
        if (rate == null) {
          throw new IOException("no rate for " + meter.getKey());
        }
        BigDecimal charge =
            rate.multiply(BigDecimal.valueOf(meter.getValue())).movePointLeft(6).setScale(12);
        charges.add(new Charge(meter.getKey(), meter.getValue(), rate, charge));
        cost = cost.add(charge);
      }
    }
    Instant appendedAt = Instant.ofEpochMilli(read.f5);
    RatedUsage rated = new RatedUsage();
    rated.setEvent(event);
    rated.setPosition(new Position(1, read.f3, read.f4, appendedAt, appendedAt));
    rated.setBodyDigest(ByteBuffer.wrap(digest));
    rated.setCurrency("USD");
    rated.setPriceBookId("bench");
    rated.setPriceVersion(1);
    rated.setCharges(charges);
    rated.setCost(cost);
    rated.setKind(RatedKind.USAGE);
    out.collect(
        Tuple2.of(
            read.f1.getBytes(StandardCharsets.UTF_8), opened(wire).bytes(ratedSchema, rated)));
    context.output(USAGE, Tuple3.of(read.f1, units, cost.unscaledValue().longValueExact()));
  }

  private static <T> T opened(@Nullable T made) {
    return java.util.Objects.requireNonNull(made, "not opened");
  }
}

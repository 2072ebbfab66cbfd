package io.tollgate.bench.flink;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.api.java.tuple.Tuple4;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/** Sums of one API key; written at most once a second while they change. */
final class SumByKey
    extends KeyedProcessFunction<String, Tuple3<String, Long, Long>, Tuple2<byte[], byte[]>> {
  private static final long serialVersionUID = 1;
  private static final long TELL_MILLIS = 1_000;

  /** Events, units, picodollars, and when the sums are told next; 0 if nothing is due. */
  private transient @Nullable ValueState<Tuple4<Long, Long, Long, Long>> sums;

  @Override
  public void open(OpenContext context) {
    sums =
        getRuntimeContext()
            .getState(
                new ValueStateDescriptor<>(
                    "sums", Types.TUPLE(Types.LONG, Types.LONG, Types.LONG, Types.LONG)));
  }

  @Override
  public void processElement(
      Tuple3<String, Long, Long> usage, Context context, Collector<Tuple2<byte[], byte[]>> out)
      throws IOException {
    ValueState<Tuple4<Long, Long, Long, Long>> state = Objects.requireNonNull(sums);
    Tuple4<Long, Long, Long, Long> before = state.value();
    if (before == null) {
      before = Tuple4.of(0L, 0L, 0L, 0L);
    }
    long due = before.f3;
    if (due == 0) {
      due = context.timerService().currentProcessingTime() + TELL_MILLIS;
      context.timerService().registerProcessingTimeTimer(due);
    }
    state.update(Tuple4.of(before.f0 + 1, before.f1 + usage.f1, before.f2 + usage.f2, due));
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<Tuple2<byte[], byte[]>> out)
      throws IOException {
    ValueState<Tuple4<Long, Long, Long, Long>> state = Objects.requireNonNull(sums);
    Tuple4<Long, Long, Long, Long> now = Objects.requireNonNull(state.value());
    state.update(Tuple4.of(now.f0, now.f1, now.f2, 0L));
    byte[] value =
        ByteBuffer.allocate(3 * Long.BYTES).putLong(now.f0).putLong(now.f1).putLong(now.f2).array();
    out.collect(Tuple2.of(context.getCurrentKey().getBytes(StandardCharsets.UTF_8), value));
  }
}

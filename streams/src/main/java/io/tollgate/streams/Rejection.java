package io.tollgate.streams;

import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.RejectReason;
import io.tollgate.schemas.Violation;
import io.tollgate.schemas.avro.RejectedUsage;
import io.tollgate.schemas.avro.UsageEvent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * Why a record can never be billed as it is.
 *
 * @param field the offending field; null where none can be named
 * @param value its value, cut to 256 characters
 * @param rule what was broken, in a sentence
 * @param event the event, where the record could be read as one
 * @param digest of that event
 * @param original for a conflict: the digest of the body that was accepted first; of a correction,
 *     of the body in force
 */
record Rejection(
    RejectReason reason,
    @Nullable String field,
    @Nullable String value,
    String rule,
    @Nullable UsageEvent event,
    @Nullable BodyDigest digest,
    @Nullable BodyDigest original) {
  /**
   * The value is kept whole up to this size, so that the rejected record itself still fits into
   * one.
   */
  static final int MOST_VALUE_BYTES = 768 * 1024;

  static final int MOST_KEY_BYTES = 64 * 1024;

  Rejection {
    Objects.requireNonNull(reason, "reason");
    Objects.requireNonNull(rule, "rule");
  }

  static Rejection malformed(String rule) {
    return new Rejection(RejectReason.MALFORMED, null, null, rule, null, null, null);
  }

  static Rejection of(
      RejectReason reason,
      String field,
      String value,
      String rule,
      UsageEvent event,
      BodyDigest digest) {
    Violation cut = new Violation(field, value, rule);
    return new Rejection(reason, field, cut.value(), rule, event, digest, null);
  }

  static Rejection conflict(UsageEvent event, BodyDigest digest, BodyDigest original) {
    return new Rejection(
        RejectReason.CONFLICT,
        "id",
        event.getId(),
        "was accepted before with another body",
        event,
        digest,
        original);
  }

  /** Of a correction that does not name the body in force, or whose id is taken. */
  static Rejection conflict(AdmittedEvent correction, CorrectionVerdict.Conflict conflict) {
    Violation cut = new Violation(conflict.field(), conflict.value(), conflict.rule());
    return new Rejection(
        RejectReason.CONFLICT,
        cut.field(),
        cut.value(),
        cut.rule(),
        correction.event(),
        correction.digest(),
        conflict.inForce());
  }

  /** How it is told: under the organization, where that is known, with the bytes as they came. */
  Record<byte[], RejectedUsage> told(SourceRecord source, long timestamp) {
    RejectedUsage rejected = toRecord(source);
    String organization = rejected.getOrganizationId();
    byte[] key = (organization == null ? "" : organization).getBytes(StandardCharsets.UTF_8);
    return new Record<>(key, rejected, timestamp);
  }

  private RejectedUsage toRecord(SourceRecord source) {
    return RejectedUsage.newBuilder()
        .setPosition(source.position())
        .setReason(reason.wireName())
        .setField(field)
        .setValue(value)
        .setRule(rule)
        .setOrganizationId(event == null ? null : event.getOrganizationId())
        .setSource(event == null ? null : event.getSource())
        .setId(event == null ? null : event.getId())
        .setBodyDigest(digest == null ? null : digest.toBytes())
        .setOriginalDigest(original == null ? null : original.toBytes())
        .setKey(source.key() == null ? null : cut(source.key(), MOST_KEY_BYTES))
        .setValueBytes(cut(source.value(), MOST_VALUE_BYTES))
        .build();
  }

  private static ByteBuffer cut(byte[] bytes, int most) {
    return ByteBuffer.wrap(bytes, 0, Math.min(bytes.length, most));
  }
}

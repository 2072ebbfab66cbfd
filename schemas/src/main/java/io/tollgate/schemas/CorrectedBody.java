package io.tollgate.schemas;

import io.tollgate.schemas.avro.Correction;
import io.tollgate.schemas.avro.CorrectionKind;
import io.tollgate.schemas.avro.UsageEvent;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The body that a correction takes back, as it carries it: a usage event without a correction, in
 * Avro binary without a header, in this schema version.
 */
public final class CorrectedBody {
  private static final LocalSchemaIds IDS = new LocalSchemaIds();
  private static final AvroSerde<UsageEvent> SERDE = AvroSerde.of(Topics.USAGE_EVENTS, IDS);
  private static final byte[] HEADER = header();

  private CorrectedBody() {}

  /**
   * What an event says without the correction it makes: of an amendment that took effect, the body
   * in force. The event itself is not changed.
   */
  public static UsageEvent inForce(UsageEvent event) {
    return event.getCorrection() == null
        ? event
        : UsageEvent.newBuilder(event).setCorrection(null).build();
  }

  /**
   * What a correction says of the event it corrects.
   *
   * @param accepted the event whose body is in force: the original, or the amendment that took
   *     effect last
   */
  public static Correction correction(CorrectionKind kind, UsageEvent accepted) {
    Correction before = accepted.getCorrection();
    InvalidInput.unless(
        before == null || before.getKind() == CorrectionKind.AMEND,
        "correction.original_id",
        accepted.getId(),
        "must not be a void, which is final");
    UsageEvent body = inForce(accepted);
    return new Correction(
        kind,
        before == null ? accepted.getId() : before.getOriginalId(),
        BodyDigest.of(body).toBytes(),
        encode(body));
  }

  static ByteBuffer encode(UsageEvent body) {
    byte[] wire = SERDE.encode(body);
    return ByteBuffer.wrap(Arrays.copyOfRange(wire, HEADER.length, wire.length));
  }

  /**
   * The body that a correction carries.
   *
   * @throws MalformedRecord if its bytes are not a usage event
   */
  public static UsageEvent of(Correction correction) {
    ByteBuffer body = correction.getOriginalBody();
    byte[] wire = Arrays.copyOf(HEADER, HEADER.length + body.remaining());
    body.get(body.position(), wire, HEADER.length, body.remaining());
    return SERDE.decode(wire);
  }

  private static byte[] header() {
    int id = IDS.idOf(Topics.USAGE_EVENTS.subject(), Topics.USAGE_EVENTS.schema());
    return ByteBuffer.allocate(AvroSerde.HEADER_BYTES).put((byte) 0).putInt(id).array();
  }
}

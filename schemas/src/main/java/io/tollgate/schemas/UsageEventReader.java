package io.tollgate.schemas;

import io.tollgate.schemas.avro.Quality;
import io.tollgate.schemas.avro.UsageEvent;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads usage events with their body digest and fingerprint, in one walk over the bytes: what is
 * hashed is what is on the wire, and texts that repeat from event to event become the same objects.
 *
 * <p>That is for plain events: written with this version's schema, all ASCII, no correction. Every
 * other, and whatever looks wrong in any way, is read by {@link AvroSerde}, {@link BodyDigest} and
 * {@link Fingerprint}, so that there is one judgement of what is malformed; {@code
 * UsageEventReaderTest} holds the two against each other. Not thread-safe; {@link #another} is for
 * another thread.
 */
public final class UsageEventReader {
  private static final Meter[] METERS = Meter.values();
  private static final Quality[] QUALITIES = Quality.values();

  /** Events with more are read by the serde. */
  private static final int MOST_PLAIN_TAGS = UsageEventRules.MOST_TAGS;

  /** Around the year 38,000, so that no arithmetic on it overflows. */
  private static final long MOST_MICROS = 1L << 60;

  private final AvroSerde<UsageEvent> serde;
  private final int schema;
  private final RepeatedTexts texts;
  private final Sha256Sink sink = new Sha256Sink();

  private byte[] wire = {};
  private int at;
  private boolean plain;

  /** Where texts of the event are: begin and length. */
  private final int[] source = new int[2];

  private final int[] id = new int[2];
  private final int[] organization = new int[2];
  private final int[] tags = new int[4 * MOST_PLAIN_TAGS];
  private final long[] units = new long[METERS.length];

  public UsageEventReader(SchemaIds ids) {
    this(
        AvroSerde.of(Topics.USAGE_EVENTS, ids),
        ids.idOf(Topics.USAGE_EVENTS.subject(), Topics.USAGE_EVENTS.schema()),
        new RepeatedTexts());
  }

  private UsageEventReader(AvroSerde<UsageEvent> serde, int schema, RepeatedTexts texts) {
    this.serde = serde;
    this.schema = schema;
    this.texts = texts;
  }

  /** Shares the texts with this one. */
  public UsageEventReader another() {
    return new UsageEventReader(serde, schema, texts);
  }

  /**
   * An event as it was read.
   *
   * @param fingerprint under which it can be met again
   * @param digest of all it says
   * @param partitionHash decides which partition it belongs on, see {@link UsagePartitions}
   */
  public record ReadEvent(
      UsageEvent event, BodyDigest digest, Fingerprint fingerprint, int partitionHash) {
    public ReadEvent {
      Objects.requireNonNull(event, "event");
      Objects.requireNonNull(digest, "digest");
      Objects.requireNonNull(fingerprint, "fingerprint");
    }
  }

  /**
   * Reads an event in wire format.
   *
   * @throws MalformedRecord if the bytes are not a usage event that this version can read
   * @throws RegistryUnavailable if its schema could not be fetched
   */
  public ReadEvent read(byte[] bytes) {
    ReadEvent event = readPlain(bytes);
    return event == null ? readAny(bytes) : event;
  }

  private ReadEvent readAny(byte[] bytes) {
    UsageEvent event = serde.decode(bytes);
    return new ReadEvent(
        event, BodyDigest.of(event), Fingerprint.of(event), UsagePartitions.hash(event));
  }

  /** Null unless it is plain. */
  @Nullable ReadEvent readPlain(byte[] bytes) {
    if (bytes.length < AvroSerde.HEADER_BYTES
        || bytes[0] != 0
        || ByteBuffer.wrap(bytes, 1, Integer.BYTES).getInt() != schema) {
      return null;
    }
    wire = bytes;
    at = AvroSerde.HEADER_BYTES;
    plain = true;
    sink.reset();
    UsageEvent event = event();
    if (event == null || !plain || at != bytes.length) {
      return null;
    }
    return new ReadEvent(
        event, bodyDigest(), fingerprint(), UsagePartitions.hash(wire, organization, source, id));
  }

  /** The fields in the order of the schema, which is that of the digest. */
  private @Nullable UsageEvent event() {
    String sourceText = named(source, true);
    String idText = named(id, false);
    long micros = number();
    plain &= micros > -MOST_MICROS && micros < MOST_MICROS;
    sink.number(micros);
    String organizationId = named(organization, true);
    String workspaceId = text(true);
    String apiKeyId = text(true);
    String user = optionalText(false);
    String feature = optionalText(true);
    Map<String, String> tagged = tags();
    String provider = text(true);
    String requestedModel = optionalText(true);
    String model = text(true);
    String serviceTier = text(true);
    Map<String, Long> counted = units();
    String providerRequestId = optionalText(false);
    long quality = number();
    plain &= quality >= 0 && quality < QUALITIES.length;
    sink.number(quality);
    plain &= number() == 0;
    sink.number(0);
    String holdId = optionalText(false);
    String backfillId = backfillId();
    if (!plain) {
      return null;
    }
    return new UsageEvent(
        sourceText,
        idText,
        Instant.ofEpochSecond(
            Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1_000L),
        organizationId,
        workspaceId,
        apiKeyId,
        user,
        feature,
        tagged,
        provider,
        requestedModel,
        model,
        serviceTier,
        counted,
        providerRequestId,
        QUALITIES[(int) quality],
        null,
        holdId,
        backfillId);
  }

  private BodyDigest bodyDigest() {
    long[] halves = sink.finish128();
    return new BodyDigest(halves[0], halves[1]);
  }

  private Fingerprint fingerprint() {
    sink.reset();
    sink.ascii(wire, organization[0], organization[1]);
    sink.ascii(wire, source[0], source[1]);
    sink.ascii(wire, id[0], id[1]);
    long[] halves = sink.finish128();
    return new Fingerprint(halves[0], halves[1]);
  }

  private String named(int[] place, boolean repeats) {
    int length = length();
    place[0] = at;
    place[1] = length;
    return take(length, repeats);
  }

  private String text(boolean repeats) {
    return take(length(), repeats);
  }

  private @Nullable String optionalText(boolean repeats) {
    long kind = number();
    if (kind == 1) {
      return text(repeats);
    }
    plain &= kind == 0;
    sink.noText();
    return null;
  }

  /** Not part of the digest. */
  private @Nullable String backfillId() {
    long kind = number();
    if (kind == 1) {
      int length = length();
      int from = at;
      at += length;
      return string(from, length, true);
    }
    plain &= kind == 0;
    return null;
  }

  /** Of a text that follows; never beyond the end. */
  private int length() {
    long length = number();
    if (length < 0 || length > wire.length - at) {
      plain = false;
      return 0;
    }
    return (int) length;
  }

  private String take(int length, boolean repeats) {
    sink.ascii(wire, at, length);
    int from = at;
    at += length;
    return string(from, length, repeats);
  }

  private String string(int from, int length, boolean repeats) {
    String text = repeats ? texts.of(wire, from, length) : RepeatedTexts.fresh(wire, from, length);
    if (text == null) {
      plain = false;
      return "";
    }
    return text;
  }

  /** Tags are hashed in the order of their keys, which for ASCII is that of their bytes. */
  private Map<String, String> tags() {
    int count = items(MOST_PLAIN_TAGS);
    sink.number(count);
    if (count == 0) {
      return Map.of();
    }
    if (count == 1) {
      return oneTag();
    }
    Map<String, String> read = HashMap.newHashMap(count);
    for (int i = 0; i < count; i++) {
      int keyLength = length();
      int key = at;
      at += keyLength;
      int valueLength = length();
      int value = at;
      at += valueLength;
      read.put(string(key, keyLength, true), string(value, valueLength, true));
      insertTag(i, key, keyLength, value, valueLength);
    }
    plain &= read.size() == count;
    endOfItems();
    for (int i = 0; i < count; i++) {
      sink.ascii(wire, tags[4 * i], tags[4 * i + 1]);
      sink.ascii(wire, tags[4 * i + 2], tags[4 * i + 3]);
    }
    return read;
  }

  /** As most events have one, if any, it is spared the table. */
  private Map<String, String> oneTag() {
    String key = text(true);
    String value = text(true);
    endOfItems();
    return Map.of(key, value);
  }

  private void insertTag(int count, int key, int keyLength, int value, int valueLength) {
    int to = count;
    while (to > 0 && isBefore(key, keyLength, tags[4 * to - 4], tags[4 * to - 3])) {
      System.arraycopy(tags, 4 * to - 4, tags, 4 * to, 4);
      to--;
    }
    tags[4 * to] = key;
    tags[4 * to + 1] = keyLength;
    tags[4 * to + 2] = value;
    tags[4 * to + 3] = valueLength;
  }

  private boolean isBefore(int one, int oneLength, int other, int otherLength) {
    return Arrays.compare(wire, one, one + oneLength, wire, other, other + otherLength) < 0;
  }

  /** Units are hashed in the order of the meters. */
  private Map<String, Long> units() {
    int count = items(METERS.length);
    sink.number(count);
    String[] meters = new String[count];
    long[] counts = new long[count];
    int told = 0;
    for (int i = 0; i < count; i++) {
      int length = length();
      Meter meter = Meter.find(string(at, length, true)).orElse(null);
      at += length;
      long value = number();
      if (meter == null || (told & 1 << meter.ordinal()) != 0) {
        plain = false;
        return Map.of();
      }
      told |= 1 << meter.ordinal();
      units[meter.ordinal()] = value;
      meters[i] = meter.wireName();
      counts[i] = value;
    }
    if (count > 0) {
      endOfItems();
    }
    for (int rest = told; rest != 0; rest &= rest - 1) {
      int meter = Integer.numberOfTrailingZeros(rest);
      sink.text(METERS[meter].wireName());
      sink.number(units[meter]);
    }
    return new FewUnits(meters, counts);
  }

  /** Of a map that is one block, as our writers write it; 0 of an empty one. */
  private int items(int most) {
    long count = number();
    if (count < 0 || count > most) {
      plain = false;
      return 0;
    }
    return (int) count;
  }

  private void endOfItems() {
    plain &= number() == 0;
  }

  /** Only in the one shortest form: Avro's reader takes some longer ones, and not others. */
  private long number() {
    long zigZag = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      if (at >= wire.length) {
        break;
      }
      byte next = wire[at++];
      zigZag |= (next & 0x7FL) << shift;
      if (next >= 0) {
        plain &= (next != 0 || shift == 0) && (next <= 1 || shift < 63);
        return (zigZag >>> 1) ^ -(zigZag & 1);
      }
    }
    plain = false;
    return 0;
  }
}

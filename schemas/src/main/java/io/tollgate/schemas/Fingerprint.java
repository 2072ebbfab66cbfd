package io.tollgate.schemas;

import io.tollgate.schemas.avro.Correction;
import io.tollgate.schemas.avro.UsageEvent;

/**
 * 128 bits that stand for (organization, source, id) in the dedup memory. SHA-256 cut short rather
 * than a faster hash: ids come from tenants, and one who could make a collision could have
 * another's event dropped as a duplicate.
 */
public record Fingerprint(long high, long low) {
  public static Fingerprint of(String organizationId, String source, String id) {
    Sha256Sink sink = Sha256Sink.get();
    sink.text(organizationId);
    sink.text(source);
    sink.text(id);
    long[] halves = sink.finish128();
    return new Fingerprint(halves[0], halves[1]);
  }

  /**
   * Of the event as one that can be met again: a correction has an identity of its own among those
   * of its original.
   */
  public static Fingerprint of(UsageEvent event) {
    Correction correction = event.getCorrection();
    return correction == null
        ? of(event.getOrganizationId(), event.getSource(), event.getId())
        : ofCorrection(
            event.getOrganizationId(),
            event.getSource(),
            correction.getOriginalId(),
            event.getId());
  }

  /** Of a correction. Texts are hashed with their lengths, so that no event has the same. */
  public static Fingerprint ofCorrection(
      String organizationId, String source, String originalId, String id) {
    Sha256Sink sink = Sha256Sink.get();
    sink.text(organizationId);
    sink.text(source);
    sink.text(originalId);
    sink.text(id);
    long[] halves = sink.finish128();
    return new Fingerprint(halves[0], halves[1]);
  }

  /** Under which the body in force of an amended event is remembered. */
  public static Fingerprint ofAmended(String organizationId, String source, String originalId) {
    Sha256Sink sink = Sha256Sink.get();
    sink.text(organizationId);
    sink.text(source);
    sink.text(originalId);
    sink.text("");
    sink.text("in force");
    long[] halves = sink.finish128();
    return new Fingerprint(halves[0], halves[1]);
  }
}

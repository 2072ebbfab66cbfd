package io.tollgate.schemas;

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
}

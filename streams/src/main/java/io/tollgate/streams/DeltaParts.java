package io.tollgate.streams;

import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.SubjectEntry;
import java.util.ArrayList;
import java.util.List;

/**
 * Splits what one commit adds to an organization into records of a bounded size: an organization
 * may have a hundred thousand active keys.
 */
final class DeltaParts {
  /** No record is larger than this by more than one entry. */
  static final int MOST_BYTES = 256 * 1024;

  /** Numbers have at most 10 bytes, a cost 17, a length 2. */
  private static final int FIXED_BYTES = 50;

  private static final int MOST_BYTES_OF_A_UNIT = 12;
  private static final int MOST_BYTES_OF_A_SECOND = 30;
  private static final int MOST_BYTES_OF_A_CHARACTER = 3;

  private final List<Part> parts = new ArrayList<>();
  private Part current = new Part();
  private int bytes;

  record Part(List<DeltaEntry> entries, List<SubjectEntry> subjects) {
    private Part() {
      this(new ArrayList<>(), new ArrayList<>());
    }
  }

  DeltaParts() {
    parts.add(current);
  }

  void add(DeltaEntry entry) {
    int size = FIXED_BYTES + entry.getWorkspaceId().length() + entry.getApiKeyId().length();
    size += entry.getSeconds().size() * MOST_BYTES_OF_A_SECOND;
    for (String meter : entry.getUnits().keySet()) {
      size += meter.length() + MOST_BYTES_OF_A_UNIT;
    }
    makeRoom(size);
    current.entries().add(entry);
  }

  void add(SubjectEntry entry) {
    int size = FIXED_BYTES + entry.getWorkspaceId().length() + entry.getApiKeyId().length();
    makeRoom(size + entry.getValue().length() * MOST_BYTES_OF_A_CHARACTER);
    current.subjects().add(entry);
  }

  private void makeRoom(int size) {
    if (bytes > 0 && bytes + size > MOST_BYTES) {
      current = new Part();
      parts.add(current);
      bytes = 0;
    }
    bytes += size;
  }

  /** At least one, which may be empty. */
  List<Part> all() {
    return parts;
  }
}

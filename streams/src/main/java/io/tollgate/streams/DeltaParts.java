package io.tollgate.streams;

import java.util.ArrayList;
import java.util.List;

/**
 * Splits what one commit adds to an organization into records of a bounded size, in Avro's binary
 * encoding: an organization may have a hundred thousand active keys.
 */
final class DeltaParts {
  /** No record is larger, unless a single entry is. */
  static final int MOST_BYTES = 256 * 1024;

  /** What a record has beside its entries: two names and a few numbers. */
  private static final int FRAME_BYTES = 512;

  private static final int FIRST_BYTES = 2 * 1024;

  private final List<Part> parts = new ArrayList<>();
  private Part current = new Part();

  /** The entries of one record. */
  static final class Part {
    private final AvroBytes entries = new AvroBytes(FIRST_BYTES);
    private final AvroBytes subjects = new AvroBytes(FIRST_BYTES);
    private int entryCount;
    private int subjectCount;

    private boolean isTooLarge() {
      return entryCount + subjectCount > 1
          && entries.length() + subjects.length() + FRAME_BYTES > MOST_BYTES;
    }

    /** Writes both arrays, one after the other as the schema has them. */
    void writeTo(AvroBytes out) {
      out.items(entryCount, entries);
      out.items(subjectCount, subjects);
    }
  }

  DeltaParts() {
    parts.add(current);
  }

  /** Where the next entry is to be written, before {@link #entryWritten}. */
  AvroBytes entries() {
    return current.entries;
  }

  /** Where the next subject is to be written, before {@link #subjectWritten}. */
  AvroBytes subjects() {
    return current.subjects;
  }

  /**
   * @param from the buffer's length before it
   */
  void entryWritten(int from) {
    Part full = current;
    full.entryCount++;
    if (full.isTooLarge()) {
      begin();
      full.entries.moveTail(from, current.entries);
      full.entryCount--;
      current.entryCount++;
    }
  }

  /**
   * @param from the buffer's length before it
   */
  void subjectWritten(int from) {
    Part full = current;
    full.subjectCount++;
    if (full.isTooLarge()) {
      begin();
      full.subjects.moveTail(from, current.subjects);
      full.subjectCount--;
      current.subjectCount++;
    }
  }

  private void begin() {
    current = new Part();
    parts.add(current);
  }

  /** At least one, which may be empty. */
  List<Part> all() {
    return parts;
  }
}

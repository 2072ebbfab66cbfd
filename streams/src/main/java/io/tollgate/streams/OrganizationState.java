package io.tollgate.streams;

import io.tollgate.schemas.avro.SubjectKind;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the budget topology remembers of an organization with usage. That there is one says that the
 * organization's deltas come to this task.
 *
 * @param zones null until this instance has seen the organization
 * @param subjects of each kind
 * @param leftOut sums of subjects beyond the bounds that were not tallied, counted per delta
 */
record OrganizationState(@Nullable ZoneHistory zones, List<Subjects> subjects, long leftOut) {
  private static final SubjectKind[] KINDS = SubjectKind.values();
  private static final int FORMAT = 1;

  static final OrganizationState NEW =
      new OrganizationState(null, List.of(Subjects.NONE, Subjects.NONE, Subjects.NONE), 0);

  /**
   * @param count of the users, models or features that are tallied
   * @param sweptOn the day on which those without usage were last looked for, in days since the
   *     epoch
   */
  record Subjects(int count, int sweptOn) {
    static final Subjects NONE = new Subjects(0, 0);
  }

  OrganizationState {
    subjects = List.copyOf(subjects);
    if (subjects.size() != KINDS.length) {
      throw new IllegalArgumentException("subjects of each kind are wanted");
    }
  }

  Subjects subjects(SubjectKind kind) {
    return subjects.get(kind.ordinal());
  }

  OrganizationState with(SubjectKind kind, Subjects now) {
    List<Subjects> more = new ArrayList<>(subjects);
    more.set(kind.ordinal(), now);
    return new OrganizationState(zones, more, leftOut);
  }

  OrganizationState withLeftOut(long more) {
    return new OrganizationState(zones, subjects, leftOut + more);
  }

  OrganizationState in(ZoneId zone, Instant now) {
    ZoneHistory history = zones == null ? ZoneHistory.of(zone) : zones.with(zone, now);
    return history.equals(zones) ? this : new OrganizationState(history, subjects, leftOut);
  }

  byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(64);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      List<ZoneHistory.Since> all = zones == null ? List.of() : zones.zones();
      out.writeByte(all.size());
      for (ZoneHistory.Since one : all) {
        out.writeUTF(one.zone().getId());
        out.writeLong(one.since().toEpochMilli());
      }
      for (Subjects one : subjects) {
        out.writeInt(one.count());
        out.writeInt(one.sweptOn());
      }
      out.writeLong(leftOut);
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory failed", e);
    }
    return bytes.toByteArray();
  }

  static OrganizationState fromBytes(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int format = in.readByte();
      if (format != FORMAT) {
        throw new IllegalStateException(
            "an organization's state in format " + format + " is not of this version");
      }
      int count = in.readByte();
      List<ZoneHistory.Since> zones = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        zones.add(
            new ZoneHistory.Since(ZoneId.of(in.readUTF()), Instant.ofEpochMilli(in.readLong())));
      }
      List<Subjects> subjects = new ArrayList<>(KINDS.length);
      for (int i = 0; i < KINDS.length; i++) {
        subjects.add(new Subjects(in.readInt(), in.readInt()));
      }
      return new OrganizationState(
          zones.isEmpty() ? null : new ZoneHistory(zones), subjects, in.readLong());
    } catch (IOException e) {
      throw new IllegalStateException("an organization's state cannot be read", e);
    }
  }
}

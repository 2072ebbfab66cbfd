package io.tollgate.governance.store;

import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was done to which thing. Who did it, when and from where is known to the change.
 *
 * @param type noun and past participle, such as {@code budget.updated}; where the imitated API
 *     knows the deed, its name there
 * @param subjectKind the noun, such as {@code budget}
 * @param subject the id of the thing
 * @param organization whose it is; null for what is the installation's
 * @param workspace where it is, if in one
 * @param before the thing as it was, null where it is new; no secrets and no hashes of them
 * @param after the thing as it is, null where it is gone; likewise
 */
public record AuditEvent(
    String type,
    String subjectKind,
    String subject,
    @Nullable OrganizationId organization,
    @Nullable WorkspaceId workspace,
    @Nullable Map<String, ?> before,
    @Nullable Map<String, ?> after) {
  public AuditEvent {
    if (type.isBlank() || subjectKind.isBlank() || subject.isBlank()) {
      throw new IllegalArgumentException("an audit event says what was done to which thing");
    }
    before = copy(before);
    after = copy(after);
  }

  /** Of a thing of the installation; {@link #in(OrganizationId)} and the rest say more. */
  public static AuditEvent of(String type, String subjectKind, String subject) {
    return new AuditEvent(type, subjectKind, subject, null, null, null, null);
  }

  /** Of a thing whose kind is the type's noun. */
  static AuditEvent of(String type, String subject, @Nullable OrganizationId organization) {
    int verb = type.lastIndexOf('.');
    String noun = verb > 0 ? type.substring(0, verb) : type;
    return new AuditEvent(type, noun, subject, organization, null, null, null);
  }

  public AuditEvent in(@Nullable OrganizationId owner) {
    return new AuditEvent(type, subjectKind, subject, owner, workspace, before, after);
  }

  public AuditEvent in(@Nullable WorkspaceId place) {
    return new AuditEvent(type, subjectKind, subject, organization, place, before, after);
  }

  /** The thing as it was. */
  public AuditEvent from(@Nullable Map<String, ?> old) {
    return new AuditEvent(type, subjectKind, subject, organization, workspace, old, after);
  }

  /** The thing as it is now. */
  public AuditEvent to(@Nullable Map<String, ?> present) {
    return new AuditEvent(type, subjectKind, subject, organization, workspace, before, present);
  }

  /** Keeps the order, and null values, which say that something was not set. */
  private static @Nullable Map<String, ?> copy(@Nullable Map<String, ?> given) {
    return given == null ? null : Collections.unmodifiableMap(new LinkedHashMap<>(given));
  }
}

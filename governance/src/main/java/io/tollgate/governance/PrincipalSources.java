package io.tollgate.governance;

import io.tollgate.governance.access.AdminKeys;
import io.tollgate.governance.access.OperatorKey;
import io.tollgate.governance.access.PersonalKeys;
import io.tollgate.governance.keys.ApiKeys;
import io.tollgate.governance.store.TopicSource;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Membership;
import io.tollgate.schemas.avro.Principal;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jdbi.v3.core.Handle;

/**
 * What {@code governance.principals} must hold: operators, admin keys, people's keys and API keys.
 * Compared is what a secret opens now. A principal's version only orders it, a secret that has
 * ended opens nothing whatever else its record says, and a grant ends by itself.
 */
final class PrincipalSources {
  private PrincipalSources() {}

  static TopicSource<Principal> published(InstantSource clock) {
    Instant now = clock.instant();
    return new TopicSource<>(
        Topics.PRINCIPALS,
        PrincipalSources::all,
        Principal::getKeyHash,
        principal -> judged(principal, now));
  }

  private static List<Principal> all(Handle handle) {
    List<Principal> all = new ArrayList<>(OperatorKey.principals(handle));
    all.addAll(AdminKeys.principals(handle));
    all.addAll(PersonalKeys.principals(handle));
    all.addAll(ApiKeys.principals(handle));
    return all;
  }

  static Principal judged(Principal principal, Instant now) {
    Principal judged = Principal.newBuilder(principal).setVersion(0).build();
    Instant until = principal.getValidUntil();
    if (until != null && !until.isAfter(now)) {
      judged.setValidUntil(Instant.EPOCH);
      judged.setScopes(List.of());
      judged.setMemberships(List.of());
      judged.setAllowedIpRanges(List.of());
      return judged;
    }
    judged.setMemberships(
        principal.getMemberships().stream().filter(one -> isValid(one, now)).toList());
    return judged;
  }

  private static boolean isValid(Membership membership, Instant now) {
    return membership.getValidUntil() == null || membership.getValidUntil().isAfter(now);
  }
}

package io.tollgate.governance.store;

import io.tollgate.http.PrincipalSource;
import io.tollgate.schemas.avro.Principal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The principals that this process has made or found unpublished, known here before the topic has
 * them, so that a key works as soon as its secret is shown. Holds the newest 10,000: by far more
 * than are made in the moment a record takes to come round.
 */
public final class OwnPrincipals implements PrincipalSource {
  public static final int MOST = 10_000;

  private final Map<String, Principal> byHash =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Principal> eldest) {
          return size() > MOST;
        }
      };

  public synchronized void add(Principal principal) {
    byHash.merge(
        principal.getKeyHash(),
        principal,
        (old, given) -> given.getVersion() >= old.getVersion() ? given : old);
  }

  @Override
  public synchronized Optional<Principal> find(String keyHash) {
    return Optional.ofNullable(byHash.get(keyHash));
  }
}

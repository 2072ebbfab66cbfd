package io.tollgate.http;

import io.tollgate.schemas.CompactedView;
import io.tollgate.schemas.avro.Principal;
import java.util.Optional;

/**
 * Somewhere to look a principal up by the hash of its secret. A lookup is on the path of every
 * request: it answers from memory and does not block.
 */
@FunctionalInterface
public interface PrincipalSource {
  Optional<Principal> find(String keyHash);

  /** The principals that governance has published. */
  static PrincipalSource of(CompactedView<Principal> view) {
    return view::get;
  }
}

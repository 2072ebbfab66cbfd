package io.tollgate.http;

import io.tollgate.schemas.WorkspaceId;
import java.util.Optional;

/**
 * A request that a route answered with a refusal: of a read what the caller may not see, of a
 * change whatever kept it from being made.
 *
 * @param caller who asked; {@link Caller.Anyone} if that did not become known
 * @param organization the header by which a caller names one, unchecked
 * @param workspace the one that the route's path names, if it names one; nobody has looked whether
 *     there is one
 * @param path as sent, unchecked
 * @param status 400 to 499
 * @param code as the answer has it, such as {@code permission_denied}
 */
public record RefusedAttempt(
    Caller caller,
    Optional<String> organization,
    Optional<WorkspaceId> workspace,
    Origin origin,
    String path,
    int status,
    String code) {}

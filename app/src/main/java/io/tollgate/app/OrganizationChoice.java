package io.tollgate.app;

import io.tollgate.app.api.Books;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which organizations a reading command asks about. */
final class OrganizationChoice {
  @Option(
      names = "--organization",
      paramLabel = "ID",
      description = "One organization (default: all, which only the operator may).")
  private @Nullable String organization;

  List<OrganizationId> of(Books books) {
    if (organization == null) {
      return books.organizations();
    }
    try {
      return List.of(new OrganizationId(organization));
    } catch (InvalidInput e) {
      InvalidInput named = new InvalidInput("--organization", e.value(), e.rule());
      named.initCause(e);
      throw named;
    }
  }
}

package io.tollgate.governance.access;

import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Inputs;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationRole;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.WorkspaceRole;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who is invited, and as what.
 *
 * @param role owner or reader, see {@link DialectRoles}
 * @param projects roles in workspaces that come with it, at most 100
 * @param expiresInSeconds until when it can be accepted, 1 minute to 30 days; 7 days if left out
 */
record InviteTerms(
    String email,
    @Nullable String role,
    @Nullable String tollgateRole,
    @Nullable List<Project> projects,
    @Nullable Long expiresInSeconds) {
  static final Duration USUAL = Duration.ofDays(7);
  private static final Duration SHORTEST = Duration.ofMinutes(1);
  private static final Duration LONGEST = Duration.ofDays(30);
  private static final int MOST_PROJECTS = 100;

  /** A role in a workspace. */
  record Project(String id, @Nullable String role, @Nullable String tollgateRole) {
    Project {
      Fields.named("id", id, WorkspaceId::new);
      DialectRoles.workspace(role, tollgateRole, null);
    }
  }

  InviteTerms {
    email = Inputs.email("email", email);
    DialectRoles.organization(role, tollgateRole, null);
    projects = projects == null ? List.of() : List.copyOf(projects);
    InvalidInput.unless(
        projects.size() <= MOST_PROJECTS
            && projects.stream().map(Project::id).distinct().count() == projects.size(),
        "projects",
        projects.size(),
        "must name at most " + MOST_PROJECTS + " projects, each once");
    InvalidInput.unless(
        expiresInSeconds == null
            || (expiresInSeconds >= SHORTEST.toSeconds()
                && expiresInSeconds <= LONGEST.toSeconds()),
        "expires_in_seconds",
        expiresInSeconds == null ? "" : expiresInSeconds,
        "must be " + SHORTEST.toSeconds() + " to " + LONGEST.toSeconds());
  }

  OrganizationRole organizationRole() {
    return DialectRoles.organization(role, tollgateRole, null);
  }

  Map<WorkspaceId, WorkspaceRole> workspaces() {
    Map<WorkspaceId, WorkspaceRole> workspaces = new LinkedHashMap<>();
    if (projects != null) {
      for (Project project : projects) {
        workspaces.put(
            new WorkspaceId(project.id()),
            DialectRoles.workspace(project.role(), project.tollgateRole(), null));
      }
    }
    return workspaces;
  }

  Instant expiry(Instant now) {
    return now.plus(expiresInSeconds == null ? USUAL : Duration.ofSeconds(expiresInSeconds));
  }
}

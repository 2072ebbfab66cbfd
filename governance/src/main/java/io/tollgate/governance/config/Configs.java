package io.tollgate.governance.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.governance.spending.ScopeSpending;
import io.tollgate.governance.store.AuditEvent;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Home;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.store.TopicSource;
import io.tollgate.governance.tenancy.Organizations;
import io.tollgate.governance.tenancy.Workspaces;
import io.tollgate.http.Access;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.http.StrictJson;
import io.tollgate.http.Version;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.Configuration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * Configuration documents. Limits, models and budgets in them are those of the scope itself, shown
 * and changed in one document; the other sections are kept here and handed on unread.
 */
public final class Configs {
  private static final String PATH = "/config";
  private static final String EFFECTIVE = "effective";
  private static final String BUDGETS = "budgets";

  /** May name where credentials are, so only who may write them sees them. */
  private static final List<String> WITH_CREDENTIALS = List.of("mcp", "providers");

  private final Changes changes;
  private final ScopeSpending spending;

  public Configs(Changes changes, NewIds ids) {
    this.changes = changes;
    this.spending = new ScopeSpending(ids);
  }

  public void routes(Routes routes) {
    Guard write = Guard.permission(Permission.CONFIG_WRITE);
    for (Home home : Home.values()) {
      Guard read = Guard.permission(read(home));
      routes
          .get(home.path(PATH), read, call -> get(call, home.of(call)), EFFECTIVE)
          .patch(home.path(PATH), write, call -> patch(call, home.of(call)));
    }
  }

  private static Permission read(Home home) {
    return switch (home) {
      case ORGANIZATION -> Permission.ORG_READ;
      case WORKSPACE -> Permission.BUDGETS_READ;
    };
  }

  /** A document with the version that its ETag tells: of all that it shows, wherever it is kept. */
  private record Versioned(ConfigDocument document, int sectionsVersion, int version) {}

  private static Versioned read(
      Handle handle, OrganizationId organization, Optional<WorkspaceId> workspace) {
    Organizations.require(handle, organization);
    workspace.ifPresent(id -> Workspaces.require(handle, organization, id));
    ConfigRows.Row row = ConfigRows.find(handle, organization, workspace);
    ConfigDocument document =
        new ConfigDocument(ScopeSpending.read(handle, organization, workspace), row.sections());
    return new Versioned(
        document,
        row.version(),
        row.version() + ScopeSpending.version(handle, organization, workspace));
  }

  private Answer get(Call call, Optional<WorkspaceId> workspace) {
    String effective = call.query().text(EFFECTIVE).orElse("false");
    InvalidInput.unless(
        effective.equals("true") || effective.equals("false"),
        EFFECTIVE,
        effective,
        "must be true or false");
    OrganizationId organization = call.organization();
    record Read(Versioned own, ObjectNode above) {}
    Read read =
        changes.read(
            handle ->
                new Read(
                    read(handle, organization, workspace),
                    read(handle, organization, Optional.empty()).document().json()));
    ObjectNode own = visible(call, workspace, read.own().document().json());
    if (effective.equals("false")) {
      return Answer.ok(own).tagged(read.own().version());
    }
    ObjectNode above = visible(call, workspace, read.above());
    return Answer.ok(
        workspace.isPresent() ? EffectiveConfig.of(above, own) : EffectiveConfig.of(own));
  }

  /** Without finance data and references to credentials for those who may not see them. */
  private static ObjectNode visible(Call call, Optional<WorkspaceId> workspace, ObjectNode json) {
    if (!may(call.access(), Permission.BUDGETS_READ, workspace)) {
      json.remove(BUDGETS);
    }
    if (!may(call.access(), Permission.CONFIG_WRITE, workspace)) {
      json.remove(WITH_CREDENTIALS);
    }
    return json;
  }

  private static boolean may(
      Access access, Permission permission, Optional<WorkspaceId> workspace) {
    return workspace.map(id -> access.may(permission, id)).orElseGet(() -> access.may(permission));
  }

  private Answer patch(Call call, Optional<WorkspaceId> workspace) {
    ObjectNode patch = call.json(ObjectNode.class);
    Versioned made =
        changes.make(
            call.caller(),
            change -> {
              Organizations.require(change.handle(), call.organization());
              ScopeSpending.lock(change.handle(), call.organization());
              Versioned before = read(change.handle(), call.organization(), workspace);
              Version.check(call, before.version());
              ConfigDocument wanted = before.document().with(patch);
              if (wanted.equals(before.document())) {
                return before;
              }
              return put(change, call, workspace, before, wanted);
            });
    return Answer.ok(visible(call, workspace, made.document().json())).tagged(made.version());
  }

  private Versioned put(
      Change change,
      Call call,
      Optional<WorkspaceId> workspace,
      Versioned before,
      ConfigDocument wanted) {
    OrganizationId organization = call.organization();
    boolean tightensOnly =
        workspace.isPresent()
            && call.access().tightensOnly(Permission.CONFIG_WRITE, workspace.get());
    boolean handsOnOther = !wanted.handedOn().equals(before.document().handedOn());
    if (handsOnOther && tightensOnly) {
      throw Refusal.forbidden(
          "your role may tighten only, and nobody here can tell what is tighter in "
              + String.join(", ", ConfigDocument.HANDED_ON));
    }
    ConfigDocument.named(
        () -> {
          spending.put(change, organization, workspace, wanted.terms(), tightensOnly);
          return true;
        });
    if (handsOnOther) {
      ConfigRows.Row row = new ConfigRows.Row(wanted.handedOn(), before.sectionsVersion() + 1);
      ConfigRows.add(change, organization, workspace, row, call.caller().id());
    }
    change.audit(
        AuditEvent.of("config.updated", "config", ConfigRows.key(organization, workspace))
            .in(organization)
            .in(workspace.orElse(null))
            .from(told(before.document(), wanted))
            .to(told(wanted, before.document())));
    return read(change.handle(), organization, workspace);
  }

  /**
   * As the audit has it. What may name credentials is not shown there, nor a digest by which it
   * could be guessed: only whether it differs from the other document.
   */
  private static Map<String, Object> told(ConfigDocument document, ConfigDocument other) {
    ObjectNode there = other.json();
    Map<String, Object> told = new LinkedHashMap<>();
    document
        .json()
        .properties()
        .forEach(
            section -> {
              String name = section.getKey();
              boolean same = section.getValue().equals(there.get(name));
              told.put(
                  name,
                  WITH_CREDENTIALS.contains(name)
                      ? (same ? "unchanged" : "changed") + ", not shown"
                      : StrictJson.mapper().convertValue(section.getValue(), Object.class));
            });
    return told;
  }

  /** What the topic must hold. */
  public static TopicSource<Configuration> published() {
    return ConfigRows.source();
  }
}

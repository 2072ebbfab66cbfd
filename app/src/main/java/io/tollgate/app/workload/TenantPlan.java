package io.tollgate.app.workload;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.BudgetId;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The tenants that demo and replay set up, as tenants.json lists them: one company with workspaces
 * per environment, one agency and its two clients. Ids are fixed, so that setting up twice changes
 * nothing.
 */
public record TenantPlan(List<Organization> organizations) {
  private static final String RESOURCE = "tenants.json";

  /** All plans are dated in UTC and priced in this currency. */
  public static final String TIME_ZONE = "UTC";

  public static final String CURRENCY = "USD";

  public TenantPlan {
    organizations = List.copyOf(organizations);
  }

  public record Organization(
      OrganizationId id, String name, Optional<Budget> budget, List<Workspace> workspaces) {
    public Organization {
      workspaces = List.copyOf(workspaces);
    }
  }

  public record Workspace(
      WorkspaceId id,
      String name,
      String mix,
      List<Model> models,
      Optional<Budget> budget,
      List<Key> keys) {
    public Workspace {
      models = List.copyOf(models);
      keys = List.copyOf(keys);
    }
  }

  /** {@code weight}: share of the requests. */
  public record Key(ApiKeyId id, int weight) {}

  public record Model(String provider, String model, int weight) {}

  /** {@code spendRatio}: the amount as a multiple of what the workload will spend on the scope. */
  public record Budget(BudgetId id, String name, BigDecimal spendRatio) {}

  /** Where a request is booked. */
  public record Seat(Organization organization, Workspace workspace, Key key) {}

  /** Every key with its place, in the order of the file. */
  public List<Seat> seats() {
    List<Seat> seats = new ArrayList<>();
    for (Organization organization : organizations) {
      for (Workspace workspace : organization.workspaces()) {
        for (Key key : workspace.keys()) {
          seats.add(new Seat(organization, workspace, key));
        }
      }
    }
    return seats;
  }

  /** The plan that comes with the product. */
  public static TenantPlan bundled() {
    try (InputStream in = TenantPlan.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is not on the class path");
      }
      return read(new ObjectMapper().readTree(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static TenantPlan read(JsonNode root) {
    Map<String, List<Model>> mixes = new TreeMap<>();
    for (Map.Entry<String, JsonNode> mix : root.required("mixes").properties()) {
      List<Model> models = new ArrayList<>();
      for (JsonNode model : mix.getValue()) {
        models.add(
            new Model(
                text(model, "provider"),
                text(model, "model"),
                model.required("weight").intValue()));
      }
      mixes.put(mix.getKey(), models);
    }
    List<Organization> organizations = new ArrayList<>();
    for (JsonNode node : root.required("organizations")) {
      List<Workspace> workspaces = new ArrayList<>();
      for (JsonNode workspace : node.required("workspaces")) {
        workspaces.add(workspace(workspace, mixes));
      }
      organizations.add(
          new Organization(
              new OrganizationId(text(node, "id")), text(node, "name"), budget(node), workspaces));
    }
    return new TenantPlan(organizations);
  }

  private static Workspace workspace(JsonNode node, Map<String, List<Model>> mixes) {
    String mix = text(node, "mix");
    List<Model> models = mixes.get(mix);
    if (models == null) {
      throw new IllegalStateException(RESOURCE + ": no mix " + mix);
    }
    List<Key> keys = new ArrayList<>();
    for (JsonNode key : node.required("keys")) {
      keys.add(new Key(new ApiKeyId(text(key, "id")), key.required("weight").intValue()));
    }
    return new Workspace(
        new WorkspaceId(text(node, "id")), text(node, "name"), mix, models, budget(node), keys);
  }

  private static Optional<Budget> budget(JsonNode scope) {
    JsonNode node = scope.required("budget");
    return node.isNull()
        ? Optional.empty()
        : Optional.of(
            new Budget(
                new BudgetId(text(node, "id")),
                text(node, "name"),
                new BigDecimal(text(node, "spend_ratio"))));
  }

  private static String text(JsonNode node, String field) {
    return node.required(field).textValue();
  }
}

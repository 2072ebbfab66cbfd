package io.tollgate.governance.tenancy;

import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Inputs;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes whom the operator names the first owner of a new organization. */
@FunctionalInterface
public interface FirstOwner {
  /**
   * The first owner: somebody who is known by an id, or somebody new.
   *
   * @param email and name of somebody new
   */
  record Named(@Nullable String email, @Nullable String name, @Nullable String userId) {
    public Named {
      InvalidInput.unless(
          (userId == null) == (email != null) && (email == null) == (name == null),
          "owner",
          userId == null ? "" : userId,
          "must have email and name, or user_id alone");
      if (email != null && name != null) {
        OrganizationSettings.email("email", email);
        Inputs.text("name", name);
      }
    }
  }

  /**
   * Makes the owner in the change that makes the organization.
   *
   * @return the owner as the answer shows it; of somebody new with a personal key, once
   */
  Map<String, Object> enter(Change change, OrganizationId organization, Named owner);
}

package io.tollgate.governance.keys;

import io.tollgate.governance.access.PersonLife;
import io.tollgate.governance.store.Change;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import java.util.Optional;

/** The API keys of whoever leaves end at once, there and nowhere else. */
public final class KeysOfPeople implements PersonLife {
  private final KeyChanges keys;

  public KeysOfPeople(ApiKeys apiKeys) {
    this.keys = apiKeys.keyChanges();
  }

  @Override
  public void left(
      Change change, OrganizationId organization, Optional<WorkspaceId> workspace, String person) {
    for (KeyRow key : KeyRows.alive(change.handle(), "user_id", person)) {
      if (key.organization().equals(organization)
          && workspace.map(key.workspace()::equals).orElse(true)) {
        keys.revoke(change, key);
      }
    }
  }
}

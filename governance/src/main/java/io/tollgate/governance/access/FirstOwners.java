package io.tollgate.governance.access;

import io.tollgate.governance.store.AuditEvent;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.tenancy.FirstOwner;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.OrganizationRole;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** First owners of organizations, as members with a personal key. */
public final class FirstOwners implements FirstOwner {
  private final NewIds ids;
  private final PersonalKeys keys;

  public FirstOwners(NewIds ids, PersonalKeys keys) {
    this.ids = ids;
    this.keys = keys;
  }

  @Override
  public Map<String, Object> enter(Change change, OrganizationId organization, Named owner) {
    Map<String, Object> key = new LinkedHashMap<>();
    String id = owner.userId() == null ? add(change, owner, key) : owner.userId();
    if (PeopleRows.find(change.handle(), id).isEmpty()) {
      throw new InvalidInput("owner.user_id", id, "must be the id of a person");
    }
    PeopleRows.join(change, organization, id, OrganizationRole.OWNER);
    Member member = PeopleRows.require(change.handle(), organization, id);
    change.audit(AuditEvent.of("user.added", "user", id).in(organization).to(member.audited()));
    PersonPrincipals.republish(change, id);
    Map<String, Object> json = member.json();
    if (!key.isEmpty()) {
      json.put("personal_key", key);
    }
    return json;
  }

  private String add(Change change, Named owner, Map<String, Object> key) {
    PeopleRows.Person person =
        new PeopleRows.Person(
            ids.next("user"),
            Optional.ofNullable(owner.email()).orElseThrow(),
            Optional.ofNullable(owner.name()).orElseThrow(),
            change.now());
    PeopleRows.insert(change.handle(), person);
    key.putAll(keys.make(change, person.id(), new PersonalKeys.Wanted("first", null)));
    return person.id();
  }
}

package io.tollgate.governance.notify;

import io.tollgate.governance.store.Inputs;
import org.jspecify.annotations.Nullable;

/**
 * What is to change about a channel; what is left out stays.
 *
 * @param filters all of them anew: those left out inside it let all alerts pass
 */
record ChannelEdit(
    @Nullable String name,
    @Nullable String url,
    ChannelTerms.@Nullable FilterTerms filters,
    @Nullable Boolean enabled) {
  ChannelEdit {
    if (name != null) {
      Inputs.text("name", name);
    }
  }

  /** The channel as it is then, at the next version; the same one where nothing changes. */
  Channel applyTo(Channel before) {
    Channel edited = with(before, before.version());
    return edited.equals(before) ? before : with(before, before.version() + 1);
  }

  private Channel with(Channel before, int version) {
    return new Channel(
        before.id(),
        before.organizationId(),
        before.workspaceId(),
        name == null ? before.name() : name,
        url == null ? before.url() : url,
        enabled == null ? before.enabled() : enabled,
        filters == null ? before.filters() : filters.filters(),
        before.secret(),
        before.previousSecret(),
        before.createdAt(),
        version);
  }
}

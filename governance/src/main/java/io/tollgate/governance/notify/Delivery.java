package io.tollgate.governance.notify;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An alert on its way to a channel.
 *
 * @param alertId null for a test
 * @param nextAttemptAt when it is or was due
 * @param attempts all that were begun, those before it was sent again among them
 */
@SuppressWarnings("ArrayRecordComponent") // shown and sent, never compared
record Delivery(
    String id,
    String channelId,
    String webhookId,
    String type,
    @Nullable String alertId,
    byte[] body,
    DeliveryState state,
    Instant createdAt,
    Instant nextAttemptAt,
    int attempts,
    @Nullable String lastError,
    @Nullable Instant finishedAt) {}

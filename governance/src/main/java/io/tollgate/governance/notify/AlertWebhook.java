package io.tollgate.governance.notify;

import io.tollgate.governance.store.Inputs;
import io.tollgate.http.StrictJson;
import io.tollgate.schemas.avro.AlertKind;
import io.tollgate.schemas.avro.BudgetAlert;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a webhook says: {@code type}, {@code timestamp} and {@code data}, as Standard Webhooks
 * recommends. Money, fractions and percentages are text.
 *
 * @param id the same whenever it is made of the same alert
 * @param alertId null for a test
 */
@SuppressWarnings("ArrayRecordComponent") // stored and sent, never compared
record AlertWebhook(String id, String type, @Nullable String alertId, byte[] body) {
  private static final int ID_BYTES = 16;

  static AlertWebhook of(BudgetAlert alert) {
    String kind = lower(alert.getKind());
    String type =
        switch (alert.getKind()) {
          case CROSSED -> "budget.alert.raised";
          case RETRACTED -> "budget.alert.retracted";
        };
    return new AlertWebhook(
        id(alert.getAlertId(), alert.getKind()),
        type,
        alert.getAlertId(),
        body(type, alert.getRaisedAt(), data(alert, kind)));
  }

  /** One that only says that a channel works. */
  static AlertWebhook test(String id, Channel channel, Instant now) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("channel_id", channel.id());
    data.put("channel_name", channel.name());
    data.put("organization_id", channel.organizationId().value());
    String type = "alert_channel.test";
    return new AlertWebhook(id, type, null, body(type, now, data));
  }

  /** By a digest: an alert's id has dots, which the signed text is divided by. */
  private static String id(String alertId, AlertKind kind) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest((alertId + "/" + lower(kind)).getBytes(StandardCharsets.UTF_8));
      return "msg_" + HexFormat.of().formatHex(digest, 0, ID_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static byte[] body(String type, Instant timestamp, Map<String, Object> data) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("type", type);
    body.put("timestamp", timestamp.toString());
    body.put("data", data);
    return StrictJson.write(body);
  }

  /** With the names that the list of alerts has, and times in RFC 3339 as all of a webhook's. */
  private static Map<String, Object> data(BudgetAlert alert, String kind) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("alert_id", alert.getAlertId());
    data.put("kind", kind);
    data.put("cause", lower(alert.getCause()));
    data.put("organization_id", alert.getOrganizationId());
    data.put("budget_id", alert.getBudgetId());
    data.put("budget_name", alert.getBudgetName());
    data.put("budget_version", alert.getBudgetVersion());
    data.put("scope", lower(alert.getScope()));
    data.put("project_id", alert.getWorkspaceId());
    data.put("api_key_id", alert.getApiKeyId());
    data.put("subject_kind", alert.getSubjectKind() == null ? null : lower(alert.getSubjectKind()));
    data.put("subject", alert.getSubject());
    data.put("period", alert.getPeriod());
    data.put("period_start", alert.getPeriodStart().toString());
    data.put("period_end", alert.getPeriodEnd() == null ? null : alert.getPeriodEnd().toString());
    data.put("threshold", plain(alert.getThreshold()));
    data.put("episode", alert.getEpisode());
    data.put("hard", alert.getHard());
    data.put("spend", plain(alert.getSpend()));
    data.put("amount", plain(alert.getAmount()));
    data.put("percentage", plain(alert.getPercentage()));
    data.put("balance", plain(alert.getBalance()));
    data.put("low_balance", plain(alert.getLowBalance()));
    data.put("currency", alert.getCurrency());
    data.put("raised_at", alert.getRaisedAt().toString());
    return data;
  }

  private static @Nullable String plain(@Nullable BigDecimal decimal) {
    return decimal == null ? null : Inputs.plain(decimal);
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}

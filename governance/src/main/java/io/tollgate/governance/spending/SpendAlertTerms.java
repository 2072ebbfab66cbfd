package io.tollgate.governance.spending;

import io.tollgate.governance.store.Inputs;
import io.tollgate.schemas.InvalidInput;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A spend alert in the imitated API's words: a soft budget of a month.
 *
 * @param notificationChannel whom the dialect would mail; kept and shown, see {@link SpendAlerts}
 * @param thresholdAmount in cents
 */
record SpendAlertTerms(
    String currency,
    String interval,
    NotificationChannel notificationChannel,
    BigDecimal thresholdAmount) {
  private static final int MOST_RECIPIENTS = 20;

  /** The dialect's email channel. */
  record NotificationChannel(List<String> recipients, String type, @Nullable String subjectPrefix) {
    NotificationChannel {
      recipients = List.copyOf(recipients);
      InvalidInput.unless(
          type.equals("email"), "type", type, "must be email; webhooks are alert channels");
      InvalidInput.unless(
          !recipients.isEmpty() && recipients.size() <= MOST_RECIPIENTS,
          "recipients",
          recipients.size() + " addresses",
          "must be 1 to " + MOST_RECIPIENTS);
      for (int i = 0; i < recipients.size(); i++) {
        Inputs.email("recipients[" + i + "]", recipients.get(i));
      }
      if (subjectPrefix != null) {
        Inputs.text("subject_prefix", subjectPrefix);
      }
    }
  }

  SpendAlertTerms {
    SpendTerms.checkInterval(interval);
    new Cents(thresholdAmount);
  }

  Cents cents() {
    return new Cents(thresholdAmount);
  }
}

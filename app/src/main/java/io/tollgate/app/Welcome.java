package io.tollgate.app;

import io.tollgate.app.stack.DataFolder;
import io.tollgate.app.stack.ServerRecord;
import java.time.YearMonth;
import java.util.Map;

/** What {@code up} prints: where things are, and commands that work word for word. */
final class Welcome {
  private static final String HEAD =
      """

      Tollgate is up at @URL@ (process @PID@).
        data and logs   @DATA@
        operator's key  @DATA@/operator.key (nobody else can read it)
        stop it         ./tollgate stop@OPTION@

      """;

  private static final String OWNER =
      """
      Try it; these lines work as they are, in this folder:

      URL=@URL@
      OPERATOR="Authorization: Bearer $(cat '@DATA@/operator.key')"
      ORGANIZATION='OpenAI-Organization: acme'
      JSON='Content-Type: application/json'

      # an organization, a workspace in it (the API says project), and a key for the workspace
      curl -sS -H "$OPERATOR" -H "$JSON" $URL/v1/platform/organizations -d '{"id": "acme", "name": "Acme", "time_zone": "UTC", "currency": "USD"}'; echo
      curl -sS -H "$OPERATOR" -H "$ORGANIZATION" -H "$JSON" $URL/v1/organization/projects -d '{"id": "acme-chat", "name": "Chat"}'; echo
      KEY=$(curl -sS -H "$OPERATOR" -H "$ORGANIZATION" -H "$JSON" $URL/v1/organization/projects/acme-chat/api_keys -d '{"name": "gateway"}' | sed -n 's/.*"value":"\\([^"]*\\)".*/\\1/p')

      # a budget of 10 USD a month; alerts at 80 and 100 percent
      curl -sS -H "$OPERATOR" -H "$ORGANIZATION" -H "$JSON" $URL/v1/organization/projects/acme-chat/budgets -d '{"name": "Chat, month", "amount": "10", "period": "month"}'; echo

      # one event: 0.50 USD of input and 7.80 USD of output
      curl -sS -H "Authorization: Bearer $KEY" -H 'Content-Type: application/cloudevents+json' $URL/v1/events -d '{"specversion": "1.0", "type": "tollgate.usage.v1", "source": "try", "id": "'$(date +%s%N)'", "time": "'$(date -u +%Y-%m-%dT%H:%M:%SZ)'", "data": {"provider": "openai", "model": "gpt-5.4", "units": {"input": 200000, "output": 520000}}}'; echo

      # a moment later: what was used, and the alert at 80 percent
      sleep 3
      ./tollgate usage --organization acme@OPTION@
      ./tollgate alerts --organization acme@OPTION@
      """;

  private static final String APART =
      """
      The operator is apart from the tenants: what is theirs is out of its key's reach. An
      organization comes with its first owner, whose key is in the answer, once:

      URL=@URL@
      OPERATOR="Authorization: Bearer $(cat '@DATA@/operator.key')"
      OWNER="Authorization: Bearer $(curl -sS -H "$OPERATOR" -H 'Content-Type: application/json' $URL/v1/platform/organizations -d '{"id": "acme", "name": "Acme", "time_zone": "UTC", "currency": "USD", "owner": {"email": "ada@acme.example", "name": "Ada"}}' | sed -n 's/.*"value":"\\([^"]*\\)".*/\\1/p')"
      curl -sS -H "$OWNER" $URL/v1/organization; echo
      """;

  private Welcome() {}

  static String text(DataFolder folder, ServerRecord server) {
    return filled(HEAD + OWNER, folder, server);
  }

  /** Where the operator and the tenants are different parties. */
  static String apart(DataFolder folder, ServerRecord server) {
    return filled(HEAD + APART, folder, server);
  }

  private static String filled(String template, DataFolder folder, ServerRecord server) {
    String option = option(folder);
    String text = template;
    for (Map.Entry<String, String> filled :
        Map.of(
                "@URL@", server.url().toString(),
                "@PID@", Long.toString(server.pid()),
                "@DATA@", folder.path().toString(),
                "@OPTION@", option)
            .entrySet()) {
      text = text.replace(filled.getKey(), filled.getValue());
    }
    return text;
  }

  /** For a stack that demo or replay leaves up. */
  static String kept(DataFolder folder, ServerRecord server, YearMonth month) {
    String option = option(folder);
    return """

    The stack stays up at %s (process %d), its data in %s.
    Ask it, for instance:  ./tollgate usage --month %s%s
    Stop it:               ./tollgate stop%s
    Remove it, stopped:    rm -r %s
    """
        .formatted(
            server.url(),
            server.pid(),
            folder.path(),
            month,
            option,
            option,
            quoted(folder.path().toString()));
  }

  private static String option(DataFolder folder) {
    return folder.equals(DataFolder.usual(System.getenv()))
        ? ""
        : " --data " + quoted(folder.path().toString());
  }

  private static String quoted(String path) {
    return path.matches("[A-Za-z0-9/._-]+") ? path : "'" + path.replace("'", "'\\''") + "'";
  }
}

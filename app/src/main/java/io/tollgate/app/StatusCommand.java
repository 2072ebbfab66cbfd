package io.tollgate.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.app.api.TollgateClient;
import io.tollgate.app.stack.DataFolder;
import io.tollgate.app.stack.ServerRecord;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Whether a stack runs, and how it is. */
@Command(
    name = "status",
    description = {
      "Says whether a stack is running in the data folder, and how each role is.",
      "",
      "Ends with status 0 if it runs and every role is well, else with 3.",
      ""
    })
final class StatusCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Data folder of the stack (default: ~/.local/share/tollgate).")
  private @Nullable Path data;

  @Option(names = "--json", description = "Print JSON with stable names.")
  private boolean json;

  @Override
  public Integer call() {
    DataFolder folder = Connection.folder(data);
    Optional<ServerRecord> running = folder.running();
    JsonNode health =
        running.map(StatusCommand::health).orElseGet(JsonNodeFactory.instance::objectNode);
    boolean up = health.path("status").asText().equals("up");
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(json(folder, running, health).toPrettyString());
    } else if (running.isEmpty()) {
      out.println("No stack is running in " + folder.path() + ".");
    } else {
      ServerRecord server = running.get();
      out.printf(
          "%s at %s (process %d), data in %s, since %s%n",
          up ? "Up" : "NOT WELL", server.url(), server.pid(), folder.path(), server.startedAt());
      for (Map.Entry<String, JsonNode> role : health.path("roles").properties()) {
        out.printf(
            "  %-12s %-5s %s%n",
            role.getKey(),
            role.getValue().path("status").asText(),
            role.getValue().path("detail").asText());
      }
      out.printf(
          "  Kafka at %s, schema registry at %s%n", server.bootstrapServers(), server.registry());
    }
    out.flush();
    return up ? ExitCode.OK : ExitCode.STACK;
  }

  private static JsonNode health(ServerRecord server) {
    try (TollgateClient client = new TollgateClient(server.url(), "")) {
      return client.health();
    }
  }

  private static ObjectNode json(
      DataFolder folder, Optional<ServerRecord> running, JsonNode health) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("running", running.isPresent());
    root.put("data", folder.path().toString());
    running.ifPresent(
        server -> {
          root.put("url", server.url().toString());
          root.put("pid", server.pid());
          root.put("started_at", server.startedAt());
          root.put("bootstrap_servers", server.bootstrapServers());
          root.put("registry", server.registry().toString());
          root.put("status", health.path("status").asText("down"));
          root.set("roles", health.path("roles").deepCopy());
        });
    return root;
  }
}

package io.tollgate.app.stack;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A server that has come up: {@code server.json} in its data folder. Holds no secrets.
 *
 * @param url of its HTTP listener
 * @param bootstrapServers Kafka's
 * @param registry the schema registry's Confluent-compatible API
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ServerRecord(
    @JsonProperty("pid") long pid,
    @JsonProperty("url") URI url,
    @JsonProperty("roles") List<String> roles,
    @JsonProperty("bootstrap_servers") String bootstrapServers,
    @JsonProperty("registry") URI registry,
    @JsonProperty("started_at") String startedAt) {
  public ServerRecord {
    roles = List.copyOf(roles);
  }

  /** Whether that very process lives; a pid alone may have been reused. */
  boolean isAlive(Path folder) {
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent()
        && commandLine().contains(folder.toString());
  }

  private String commandLine() {
    try {
      return Files.readString(
          Path.of("/proc", Long.toString(pid), "cmdline"), StandardCharsets.ISO_8859_1);
    } catch (IOException noProcFileSystem) {
      return ProcessHandle.of(pid).flatMap(handle -> handle.info().commandLine()).orElse("");
    }
  }
}

package io.tollgate.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class LocalServiceConfigTest {
  private static final Path DATA = Path.of("/data/../data/tollgate");

  @Test
  void usualPlacesAreBelowTheDataFolder() {
    Placement placement = LocalKafka.Config.in(DATA).placement();
    assertThat(placement.folder()).isEqualTo(Path.of("/data/tollgate/kafka"));
    assertThat(placement.log()).isEqualTo(Path.of("/data/tollgate/logs/kafka.log"));
    assertThat(placement.endsWithSupervisor()).isTrue();
    assertThat(placement.detached().endsWithSupervisor()).isFalse();
  }

  @Test
  void secretsAreNotPrinted() {
    assertThat(LocalPostgres.Config.in(DATA, "secret").toString()).doesNotContain("secret");
    assertThat(LocalClickHouse.Config.in(DATA, "secret").toString()).doesNotContain("secret");
  }

  @Test
  void impossibleValuesAreNamed() {
    Placement placement = Placement.in(DATA, "x");
    assertThatThrownBy(() -> new LocalKafka.Config(placement, 0, 0, 1, false))
        .hasMessageContaining("heapMib");
    assertThatThrownBy(() -> LocalPostgres.Config.in(DATA, "it's"))
        .hasMessageContaining("password");
    assertThatThrownBy(() -> LocalClickHouse.Config.in(DATA, "")).hasMessageContaining("password");
    assertThatThrownBy(() -> new LocalClickHouse.Config(placement, 0, "x", 1024, 0, true))
        .hasMessageContaining("connections");
  }

  @Test
  void aCommandThatHidesItsFolderIsRefused() {
    Placement placement = Placement.in(DATA, "x");
    assertThatThrownBy(
            () -> new ServiceProcess.Launch("x", placement, List.of("/bin/true"), Map.of(), "TERM"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void enginesAreWhereTheScriptPutsThem() {
    assertThat(Engines.of(Map.of("TOLLGATE_ENGINES", "/e", "XDG_CACHE_HOME", "/c")).folder())
        .isEqualTo(Path.of("/e"));
    assertThat(Engines.of(Map.of("XDG_CACHE_HOME", "/c")).folder())
        .isEqualTo(Path.of("/c/tollgate/engines"));
    assertThat(Engines.of(Map.of()).folder().toString()).endsWith(".cache/tollgate/engines");
    assertThatThrownBy(() -> new Engines(Path.of("/nowhere")).chdbLibrary())
        .hasMessageContaining("run embedded/fetch-engines");
  }

  @Test
  void theBrokerTakesTheLargestTopicsRecordsAndCreatesNoTopicByItself() {
    var properties = KafkaServer.properties(Path.of("/logs"), 1, 2);
    assertThat(properties)
        .containsEntry("auto.create.topics.enable", "false")
        .containsEntry("transaction.state.log.min.isr", "1");
    assertThat(Integer.parseInt(properties.getProperty("message.max.bytes")))
        .isGreaterThanOrEqualTo(2 << 20);
  }
}

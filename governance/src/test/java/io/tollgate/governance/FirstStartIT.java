package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.http.Secret;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(SharedStack.class)
class FirstStartIT {
  @TempDir private Path folder;

  private static Optional<Secret> start(GovernanceConfig config) {
    try (Governance governance =
        Governance.start(config, InstantSource.system(), new SecureRandom())) {
      return governance.newOperatorSecret();
    }
  }

  @Test
  void makesOneOperatorKeyThatOnlyItsOwnerCanRead() throws Exception {
    GovernanceConfig config = SharedStack.config("first", folder.resolve("data"));

    Secret secret = start(config).orElseThrow();
    Optional<Secret> again = start(config);

    assertThat(again).isEmpty();
    assertThat(Files.readString(config.operatorKeyFile())).isEqualTo(secret.value() + "\n");
    for (Path file : List.of(config.operatorKeyFile(), config.sealingKeyFile())) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
    }
    try (var files = Files.list(folder.resolve("data"))) {
      assertThat(files)
          .containsExactlyInAnyOrder(config.operatorKeyFile(), config.sealingKeyFile());
    }
  }

  @Test
  void takesUpTheSecretOfAStartThatDiedBeforeItsCommit() throws Exception {
    GovernanceConfig config = SharedStack.config("died", folder);
    Secret left = Secret.make(Secret.Kind.OPERATOR, new SecureRandom());
    Files.writeString(config.operatorKeyFile(), left.value() + "\n");

    assertThat(start(config)).contains(left);
  }

  @Test
  void refusesAFileThatHoldsNoSecret() throws Exception {
    GovernanceConfig config = SharedStack.config("other", folder);
    Files.writeString(config.operatorKeyFile(), "hello\n");

    assertThatThrownBy(() -> start(config))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(config.operatorKeyFile().toString());
    Files.delete(config.operatorKeyFile());
    assertThat(start(config)).isPresent();
  }

  @Test
  void letsTheOperatorInAfterARestart() throws Exception {
    GovernanceConfig config = SharedStack.config("restart", folder);
    try (RunningGovernance first = new RunningGovernance(config)) {
      assertThat(first.operator().get("/v1/platform/organizations").status()).isEqualTo(200);
    }
    try (RunningGovernance second = new RunningGovernance(config)) {
      assertThat(second.operator().get("/v1/platform/organizations").status()).isEqualTo(200);
    }
  }

  @Test
  void answersThatItIsTooBusyWhileTheDatabaseIsAway() throws Exception {
    GovernanceConfig config = SharedStack.config("away", folder);
    try (RunningGovernance running = new RunningGovernance(config)) {
      String body = "{'id':'away','name':'x','time_zone':'UTC','currency':'USD'}";
      SharedStack.stack().postgres().kill();
      Api.Response refused = running.operator().post("/v1/platform/organizations", body);
      SharedStack.stack().postgres().restart();

      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.text("/error/code")).isEqualTo("too_busy");
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> running.operator().post("/v1/platform/organizations", body).status() == 201);
      await().atMost(Duration.ofSeconds(30)).until(() -> running.governance().health().up());
    }
  }
}

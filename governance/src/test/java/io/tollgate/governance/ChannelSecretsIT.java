package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tollgate.governance.notify.ChannelSecrets;
import io.tollgate.governance.notify.Receiver;
import io.tollgate.governance.store.Database;
import io.tollgate.governance.store.GovernanceConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Signing secrets as the database has them, over restarts, rotations and accidents. */
@ExtendWith(SharedStack.class)
class ChannelSecretsIT {
  private static final Duration ARRIVES = Duration.ofSeconds(60);
  private static final String CHANNELS = "/v1/organization/alert_channels";

  private GovernanceConfig config;
  private Database database;
  private Receiver receiver;

  @BeforeEach
  void open(@TempDir Path folder, TestInfo test) throws Exception {
    String name = test.getTestMethod().orElseThrow().getName();
    config = SharedStack.config("sealed_" + name.toLowerCase(Locale.ROOT), folder);
    database = Database.open(config.database());
    receiver = new Receiver();
  }

  @AfterEach
  void close() throws Exception {
    receiver.close();
    database.close();
  }

  /** Governance with an organization, until the work with its routes is done. */
  private interface Work {
    void with(Api acme) throws Exception;
  }

  private void governance(Work work) throws Exception {
    try (RunningGovernance running = new RunningGovernance(config, AlertRig.SETTINGS)) {
      running
          .operator()
          .post(
              "/v1/platform/organizations",
              "{'id':'acme','name':'N','time_zone':'UTC','currency':'USD'}");
      work.with(running.operator().on("acme"));
    }
  }

  private String create(Api acme, String id) {
    Api.Response made =
        acme.post(
            CHANNELS, "{'id':'%s','name':'N','url':'%s'}".formatted(id, receiver.url("/" + id)));
    assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
    return made.text("/secret");
  }

  /** Whether the next test of a channel is signed by a secret. */
  private boolean isSignedBy(Api acme, String id, String secret) {
    int before = receiver.got("/" + id).size();
    assertThat(acme.post(CHANNELS + "/" + id + "/test", "").status()).isEqualTo(202);
    await().atMost(ARRIVES).until(() -> receiver.got("/" + id).size() > before);
    Receiver.Got got = receiver.got("/" + id).getLast();
    return got.signatures().contains(got.signedBy(secret));
  }

  private List<String> rows() {
    return database.read(
        handle ->
            handle
                .createQuery("SELECT alert_channels::text FROM alert_channels ORDER BY id")
                .mapTo(String.class)
                .list());
  }

  private static String newKey(String name) {
    byte[] key = new byte[32];
    new SecureRandom().nextBytes(key);
    return name + " " + Base64.getEncoder().encodeToString(key) + "\n";
  }

  private String keyFile() throws Exception {
    return Files.readString(config.sealingKeyFile());
  }

  @Test
  void noSecretIsInTheDatabaseAndEachSignsAllTheSame() throws Exception {
    governance(
        acme -> {
          String first = create(acme, "one");
          assertThat(isSignedBy(acme, "one", first)).isTrue();
          String second = acme.post(CHANNELS + "/one/rotate", "{}").text("/secret");
          assertThat(isSignedBy(acme, "one", second)).isTrue();
          assertThat(isSignedBy(acme, "one", first)).as("for a day").isTrue();
          acme.patch(CHANNELS + "/one", "{'name':'Edited'}");
          assertThat(isSignedBy(acme, "one", first)).isTrue();
          create(acme, "gone");
          acme.delete(CHANNELS + "/gone");

          for (String row : rows()) {
            assertThat(row).doesNotContain("whsec").doesNotContain(first.substring(6));
          }
          String sealed = keyFile().split(" ", 2)[0] + ":";
          assertThat(rows().getFirst()).as("of a deleted channel").doesNotContain(sealed);
          assertThat(rows().getLast()).as("of the other").contains(sealed);
        });
  }

  @Test
  void whatAnOlderVersionLeftInClearIsSealedByTheNextStart() throws Exception {
    String secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    String previous = "whsec_plJ3nmyCDGBKInavdOK15jsl6YRmwFYt";
    governance(acme -> create(acme, "old"));
    database.write(
        handle ->
            handle.execute(
                "UPDATE alert_channels SET sealed_secret = NULL, clear_secret = ?,"
                    + " clear_previous_secret = ?, previous_secret_until = now() + '1 day'",
                secret,
                previous));

    governance(
        acme -> {
          assertThat(rows()).hasSize(1).allMatch(row -> !row.contains("whsec"));
          assertThat(isSignedBy(acme, "old", secret)).isTrue();
          assertThat(isSignedBy(acme, "old", previous)).isTrue();
        });
  }

  @Test
  void aNewKeyTakesOverAndTheOldOneCanGo() throws Exception {
    String[] secret = new String[1];
    governance(acme -> secret[0] = create(acme, "kept"));
    String old = keyFile();

    Files.writeString(config.sealingKeyFile(), newKey("new") + old);
    governance(acme -> assertThat(isSignedBy(acme, "kept", secret[0])).isTrue());
    assertThat(rows()).allMatch(row -> row.contains("new:"));

    String fresh = keyFile().replace(old, "");
    Files.writeString(config.sealingKeyFile(), fresh);
    governance(acme -> assertThat(isSignedBy(acme, "kept", secret[0])).isTrue());

    // The other way round is an accident, and says so.
    Files.writeString(config.sealingKeyFile(), old);
    assertThatThrownBy(() -> governance(acme -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(config.sealingKeyFile().toString())
        .hasMessageContaining("secrets are sealed with [new]; put their lines back");
    Files.delete(config.sealingKeyFile());
    assertThatThrownBy(() -> governance(acme -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(config.sealingKeyFile() + " is missing")
        .hasMessageContaining("sealed with [new], which was in it; put the file back");
    assertThat(config.sealingKeyFile()).as("no other key is made").doesNotExist();
  }

  @Test
  void aSecretInAnotherRowOpensNothingAndHoldsUpNobody() throws Exception {
    governance(
        acme -> {
          create(acme, "mallory");
          String secret = create(acme, "good");
          database.write(
              handle ->
                  handle.execute(
                      "UPDATE alert_channels SET sealed_secret = (SELECT sealed_secret FROM"
                          + " alert_channels WHERE id = 'good') WHERE id = 'mallory'"));
          String test = acme.post(CHANNELS + "/mallory/test", "").text("/id");

          assertThat(isSignedBy(acme, "good", secret)).isTrue();
          String delivery = CHANNELS + "/mallory/deliveries/" + test;
          await()
              .atMost(ARRIVES)
              .until(() -> acme.get(delivery).text("/attempts/0/outcome").equals("broken"));
          assertThat(acme.get(delivery).text("/attempts/0/error"))
              .contains("what is kept as the secret of alert channel mallory is not what the key");
          assertThat(receiver.got("/mallory")).isEmpty();
        });
  }

  @Test
  void twoFirstStartsAtOnceMakeOneKey() throws Exception {
    Thread[] starts = new Thread[2];
    for (int i = 0; i < starts.length; i++) {
      starts[i] =
          Thread.ofPlatform()
              .start(
                  () -> ChannelSecrets.open(database, config.sealingKeyFile(), new SecureRandom()));
    }
    for (Thread start : starts) {
      start.join();
    }
    assertThat(keyFile().lines()).hasSize(1);
    governance(acme -> create(acme, "works"));
  }
}

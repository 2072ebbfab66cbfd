package io.tollgate.governance.notify;

import io.tollgate.governance.store.Database;
import io.tollgate.governance.store.Outbox;
import io.tollgate.governance.store.SealedText;
import io.tollgate.governance.store.SealingKeys;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Channels' signing secrets at rest. Whoever signs needs them, so the table has them, each sealed
 * by a key of the installation and for its channel: in another channel's row it does not open.
 */
public final class ChannelSecrets {
  private static final Logger LOG = LoggerFactory.getLogger(ChannelSecrets.class);

  /** Two first starts at once must not make two keys. */
  private static final long FIRST_START_LOCK = Outbox.WRITE_LOCK + 3;

  private static final int BATCH = 500;

  private final SealingKeys keys;
  private final RandomGenerator random;

  private ChannelSecrets(SealingKeys keys, RandomGenerator random) {
    this.keys = keys;
    this.random = random;
  }

  /**
   * Reads the keys, which the first start of an installation makes, and seals with the current one
   * what is in clear or sealed with another.
   *
   * @param random cryptographically strong
   * @throws IllegalStateException if a key is missing that secrets are sealed with
   */
  public static ChannelSecrets open(Database database, Path keyFile, RandomGenerator random) {
    SealingKeys keys = database.write(handle -> keys(handle, keyFile, random));
    ChannelSecrets secrets = new ChannelSecrets(keys, random);
    int sealed = 0;
    int batch;
    do {
      batch = database.write(secrets::sealAgain);
      sealed += batch;
    } while (batch == BATCH);
    if (sealed > 0) {
      LOG.info("{} alert channels' secrets are now sealed with the key {}", sealed, keys.current());
    }
    return secrets;
  }

  private static SealingKeys keys(Handle handle, Path file, RandomGenerator random) {
    handle.execute("SELECT pg_advisory_xact_lock(?)", FIRST_START_LOCK);
    TreeSet<String> needed = new TreeSet<>(ChannelRows.sealingKeys(handle));
    if (Files.notExists(file) && needed.isEmpty()) {
      return SealingKeys.make(file, random);
    }
    if (Files.notExists(file)) {
      throw new IllegalStateException(
          "%s is missing: alert channels' secrets are sealed with %s, which was in it; put the file back"
              .formatted(file, needed));
    }
    SealingKeys keys = SealingKeys.read(file);
    needed.removeAll(keys.names());
    if (!needed.isEmpty()) {
      throw new IllegalStateException(
          "%s has the keys %s, but alert channels' secrets are sealed with %s; put their lines back"
              .formatted(file, keys.names(), needed));
    }
    return keys;
  }

  private int sealAgain(Handle handle) {
    List<ChannelRows.Secrets> rows = ChannelRows.notSealedWith(handle, keys.current(), BATCH);
    for (ChannelRows.Secrets row : rows) {
      ChannelRows.seal(
          handle,
          row.id(),
          again(row.id(), row.clear(), row.sealed()).orElseThrow(),
          again(row.id(), row.clearPrevious(), row.sealedPrevious()));
    }
    return rows.size();
  }

  private Optional<SealedText> again(
      String channel, @Nullable String clear, @Nullable String sealed) {
    if (clear != null) {
      return Optional.of(seal(channel, new SigningSecret(clear)));
    }
    return Optional.ofNullable(sealed)
        .map(text -> seal(channel, open(channel, new SealedText(text))));
  }

  SealedText seal(String channel, SigningSecret secret) {
    return keys.seal(secret.value(), about(channel), random);
  }

  /**
   * The secret.
   *
   * @throws IllegalStateException if its key is not here, or it is another channel's or altered
   */
  SigningSecret open(String channel, SealedText sealed) {
    return new SigningSecret(keys.open(sealed, about(channel)));
  }

  private static String about(String channel) {
    return "alert channel " + channel;
  }
}

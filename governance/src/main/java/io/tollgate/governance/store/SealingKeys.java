package io.tollgate.governance.store;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import javax.crypto.spec.SecretKeySpec;

/**
 * The installation's own keys, for what the tables must have but not in clear. They are in one file
 * that only its owner may read, a line for each: its name, a space, and its 32 bytes in base64. The
 * first seals; all open. To replace it, a new line is put first.
 */
public final class SealingKeys {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,32}");
  private static final int NAME_BYTES = 4;
  private static final int MOST_KEYS = 16;

  private final Map<String, AesGcm> byName;
  private final String current;

  private SealingKeys(Map<String, AesGcm> byName, String current) {
    this.byName = Collections.unmodifiableMap(byName);
    this.current = current;
  }

  /**
   * The keys in a file.
   *
   * @throws IllegalStateException naming the file and what is wrong with it
   */
  public static SealingKeys read(Path file) {
    if (OwnerOnlyFile.isOpenToOthers(file)) {
      throw wrong(file, "must be readable by its owner only; run chmod 600 on it");
    }
    List<String> lines = OwnerOnlyFile.read(file).lines().filter(line -> !line.isBlank()).toList();
    if (lines.isEmpty() || lines.size() > MOST_KEYS) {
      throw wrong(file, "must have 1 to " + MOST_KEYS + " lines, not " + lines.size());
    }
    Map<String, AesGcm> keys = new LinkedHashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      String[] parts = lines.get(i).strip().split(" +", -1);
      if (parts.length != 2 || !NAME.matcher(parts[0]).matches()) {
        throw wrong(file, "line " + (i + 1) + " must be a name, a space and a key in base64");
      }
      if (keys.put(parts[0], key(file, i + 1, parts[1])) != null) {
        throw wrong(file, "line " + (i + 1) + " has the name of another line, " + parts[0]);
      }
    }
    return new SealingKeys(keys, keys.keySet().iterator().next());
  }

  private static AesGcm key(Path file, int line, String base64) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      // Without the cause, whose message quotes the key.
      throw wrong(file, "line " + line + " must have a key in base64");
    }
    if (bytes.length != AesGcm.KEY_BYTES) {
      throw wrong(
          file,
          "line %d must have a key of %d bytes, not %d"
              .formatted(line, AesGcm.KEY_BYTES, bytes.length));
    }
    return new AesGcm(new SecretKeySpec(bytes, "AES"));
  }

  private static IllegalStateException wrong(Path file, String what) {
    return new IllegalStateException("the sealing keys in " + file + ": " + what);
  }

  /**
   * Makes a file with one new key.
   *
   * @param random cryptographically strong
   */
  public static SealingKeys make(Path file, RandomGenerator random) {
    byte[] name = new byte[NAME_BYTES];
    random.nextBytes(name);
    byte[] key = new byte[AesGcm.KEY_BYTES];
    random.nextBytes(key);
    OwnerOnlyFile.write(
        file,
        "k"
            + HexFormat.of().formatHex(name)
            + " "
            + Base64.getEncoder().encodeToString(key)
            + "\n");
    return read(file);
  }

  /** The name of the key that seals. */
  public String current() {
    return current;
  }

  public Set<String> names() {
    return byName.keySet();
  }

  /**
   * Seals with the current key.
   *
   * @param about what the text belongs to, as a name that no other has
   * @param random cryptographically strong
   */
  public SealedText seal(String text, String about, RandomGenerator random) {
    AesGcm key = Optional.ofNullable(byName.get(current)).orElseThrow();
    return SealedText.of(
        current,
        key.seal(
            text.getBytes(StandardCharsets.UTF_8), about.getBytes(StandardCharsets.UTF_8), random));
  }

  /**
   * Opens what was sealed about the same.
   *
   * @throws IllegalStateException if the key is not here, or this is not what it sealed
   */
  public String open(SealedText sealed, String about) {
    AesGcm key = byName.get(sealed.key());
    if (key == null) {
      throw new IllegalStateException(
          "the secret of %s is sealed with the key %s, which this process does not have"
              .formatted(about, sealed.key()));
    }
    return key.open(sealed.sealed(), about.getBytes(StandardCharsets.UTF_8))
        .map(clear -> new String(clear, StandardCharsets.UTF_8))
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "what is kept as the secret of %s is not what the key %s sealed for it"
                        .formatted(about, sealed.key())));
  }
}

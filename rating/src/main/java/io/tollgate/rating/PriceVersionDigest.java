package io.tollgate.rating;

import io.tollgate.schemas.avro.ModelAlias;
import io.tollgate.schemas.avro.PriceRate;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * The digest by which the closing record of a price version names its rates.
 *
 * <p>SHA-256 over one line of UTF-8 text per rate, in the order of the pages: provider, model,
 * service tier, context tier (empty for the base tier), meter and the rate with exactly 6 decimals,
 * separated by U+001F and ended by a line feed; then over one line per alias: the word alias,
 * provider, alias and model, likewise. A version is visible only when its pages give the same
 * digest, so that a version with a lost, doubled or reordered page never prices anything.
 */
public final class PriceVersionDigest {
  private static final char SEPARATOR = '\u001f';

  private PriceVersionDigest() {}

  /** The digest of a version without aliases. */
  public static String of(List<PriceRate> rates) {
    return of(rates, List.of());
  }

  /**
   * The digest as 64 lower-case hexadecimal digits.
   *
   * @throws ArithmeticException if a rate has more than 6 decimals
   */
  public static String of(List<PriceRate> rates, List<ModelAlias> aliases) {
    MessageDigest sha = sha256();
    StringBuilder line = new StringBuilder(128);
    for (PriceRate rate : rates) {
      line.setLength(0);
      line.append(rate.getProvider()).append(SEPARATOR);
      line.append(rate.getModel()).append(SEPARATOR);
      line.append(rate.getServiceTier()).append(SEPARATOR);
      Long contextOver = rate.getContextOver();
      if (contextOver != null) {
        line.append(contextOver.longValue());
      }
      line.append(SEPARATOR);
      line.append(rate.getMeter()).append(SEPARATOR);
      line.append(rate.getRate().setScale(6, RoundingMode.UNNECESSARY).toPlainString())
          .append('\n');
      sha.update(line.toString().getBytes(StandardCharsets.UTF_8));
    }
    for (ModelAlias alias : aliases) {
      line.setLength(0);
      line.append("alias").append(SEPARATOR);
      line.append(alias.getProvider()).append(SEPARATOR);
      line.append(alias.getAlias()).append(SEPARATOR);
      line.append(alias.getModel()).append('\n');
      sha.update(line.toString().getBytes(StandardCharsets.UTF_8));
    }
    return HexFormat.of().formatHex(sha.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}

package io.tollgate.governance.store;

import io.tollgate.schemas.Endpoints;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What governance needs to run.
 *
 * @param database where its tables are; the schema {@code governance} is created there
 * @param kafka where its topics are, which must exist, and the registry
 * @param operatorKeyFile where the first start leaves the operator's secret, mode 0600
 * @param sealingKeyFile the installation's keys for secrets that the database must hold; every
 *     governance of an installation has the same. The first start makes it, mode 0600
 * @param priceLead a price version other than a book's first takes effect at least this long after
 *     publication, so that all instances have it by then
 * @param dedupWindow a backfill closes at most this long after it was opened: later its ids would
 *     be forgotten and could be admitted again
 * @param operator what the operator is in the organizations
 */
public record GovernanceConfig(
    Database database,
    Endpoints kafka,
    Path operatorKeyFile,
    Path sealingKeyFile,
    Duration priceLead,
    Duration dedupWindow,
    Operator operator) {
  public static final Duration PRICE_LEAD = Duration.ofMinutes(5);

  /** With less, an instance that is a little behind would price by the version before. */
  public static final Duration SHORTEST_PRICE_LEAD = Duration.ofMinutes(1);

  public static final Duration DEDUP_WINDOW = Duration.ofDays(34);
  public static final String OPERATOR_KEY_FILE = "operator.key";
  public static final String SEALING_KEY_FILE = "sealing.key";

  /**
   * A PostgreSQL database.
   *
   * @param connections bound of the pool; a request that gets none within 2 s is refused with 503
   */
  public record Database(String jdbcUrl, String user, String password, int connections) {
    public static final int CONNECTIONS = 8;

    public Database {
      if (connections < 1) {
        throw new IllegalArgumentException("connections = " + connections + ": must be above zero");
      }
    }

    @Override
    public String toString() {
      return "Database[" + jdbcUrl + ", user=" + user + ", connections=" + connections + "]";
    }
  }

  /** What the operator is in the organizations (ADR 19). */
  public enum Operator {
    /** An owner of each, as where one company runs Tollgate for itself. */
    OWNER,
    /** Nobody: tenants' things are out of its reach but by a grant. */
    APART,
    /** What the installation was told last; an owner if it was told nothing yet. */
    AS_BEFORE
  }

  public GovernanceConfig {
    if (priceLead.isNegative() || !dedupWindow.isPositive()) {
      throw new IllegalArgumentException(
          "priceLead must not be negative, dedupWindow must be positive");
    }
  }

  /** The same with another operator. */
  public GovernanceConfig with(Operator other) {
    return new GovernanceConfig(
        database, kafka, operatorKeyFile, sealingKeyFile, priceLead, dedupWindow, other);
  }

  /** The same where the operator and the tenants are different parties. */
  public GovernanceConfig withOperatorApart() {
    return with(Operator.APART);
  }

  /** The same with another lead of prices. */
  public GovernanceConfig withPriceLead(Duration lead) {
    return new GovernanceConfig(
        database, kafka, operatorKeyFile, sealingKeyFile, lead, dedupWindow, operator);
  }

  /** The same with the sealing keys elsewhere. */
  public GovernanceConfig withSealingKeys(Path file) {
    return new GovernanceConfig(
        database, kafka, operatorKeyFile, file, priceLead, dedupWindow, operator);
  }

  /** The usual bounds, and the operator's secret and the sealing keys in a folder. */
  public static GovernanceConfig of(
      String jdbcUrl, String user, String password, Endpoints kafka, Path data) {
    return new GovernanceConfig(
        new Database(jdbcUrl, user, password, Database.CONNECTIONS),
        kafka,
        data.resolve(OPERATOR_KEY_FILE),
        data.resolve(SEALING_KEY_FILE),
        PRICE_LEAD,
        DEDUP_WINDOW,
        Operator.AS_BEFORE);
  }
}

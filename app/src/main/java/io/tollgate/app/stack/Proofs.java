package io.tollgate.app.stack;

import io.tollgate.governance.TopicVerification;
import io.tollgate.governance.audit.AuditVerification;
import io.tollgate.governance.store.Database;
import io.tollgate.governance.store.GovernanceConfig;
import java.time.InstantSource;
import org.apache.kafka.common.KafkaException;

/** Reads governance's database and topics past the running server, to prove what is there. */
public final class Proofs {
  /** One reader needs no more. */
  private static final int CONNECTIONS = 1;

  private Proofs() {}

  /**
   * Verifies the audit of the stack in a folder.
   *
   * @throws StackProblem if its database or Kafka does not answer
   */
  public static AuditVerification.Report audit(DataFolder folder, InstantSource clock) {
    Services services = Services.recorded(folder.path());
    try (Database database = open(services)) {
      return new AuditVerification(database, services.kafka(), clock).verify();
    } catch (KafkaException e) {
      throw new StackProblem("the anchors cannot be read from Kafka: " + e.getMessage(), e);
    }
  }

  /**
   * Compares the topics of the stack in a folder with its database.
   *
   * @param mend whether to publish again what differs
   * @throws StackProblem if its database or Kafka does not answer
   */
  public static TopicVerification.Report topics(
      DataFolder folder, InstantSource clock, boolean mend) {
    Services services = Services.recorded(folder.path());
    try (Database database = open(services)) {
      TopicVerification verification = new TopicVerification(database, services.kafka(), clock);
      return mend ? verification.republish() : verification.verify();
    } catch (KafkaException e) {
      throw new StackProblem("the topics cannot be read from Kafka: " + e.getMessage(), e);
    }
  }

  private static Database open(Services services) {
    return Database.connect(
        new GovernanceConfig.Database(
            services.jdbcUrl(), services.jdbcUser(), services.jdbcPassword(), CONNECTIONS));
  }
}

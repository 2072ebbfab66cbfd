package io.tollgate.app;

import io.tollgate.app.stack.Installation;
import io.tollgate.governance.store.GovernanceConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say what an {@link Installation} is. */
final class InstallationOptions {
  private enum Operator {
    OWNER,
    APART;

    /** As it is written on the command line and told in its errors. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(
      names = "--operator",
      paramLabel = "owner|apart",
      description =
          "What the operator's key opens in the organizations: everything, as where one company"
              + " runs Tollgate for itself, or next to nothing but by a grant, as where the tenants"
              + " are others. Kept until it is told otherwise (at first: owner).")
  private @Nullable Operator operator;

  @Option(
      names = "--trusted-proxies",
      paramLabel = "IP",
      split = ",",
      description =
          "Addresses of the proxies in front, separated by commas: what they say in X-Forwarded-For"
              + " is where a request comes from (default: none).")
  private @Nullable List<String> trustedProxies;

  @Option(
      names = "--sealing-keys",
      paramLabel = "FILE",
      description =
          "The keys that secrets in the database are sealed with (default: sealing.key in the data"
              + " folder, made by the first start).")
  private @Nullable Path sealingKeys;

  Installation installation() {
    return new Installation(
        operator(),
        trustedProxies == null ? Set.of() : Set.copyOf(trustedProxies),
        Optional.ofNullable(sealingKeys));
  }

  private GovernanceConfig.Operator operator() {
    return switch (operator) {
      case null -> GovernanceConfig.Operator.AS_BEFORE;
      case OWNER -> GovernanceConfig.Operator.OWNER;
      case APART -> GovernanceConfig.Operator.APART;
    };
  }
}

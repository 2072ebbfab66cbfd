package io.tollgate.app.stack;

import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.http.ListenerConfig;
import io.tollgate.schemas.InvalidInput;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is decided about an installation by whoever runs it, and is the same for all its processes.
 *
 * @param operator what the operator is in the organizations
 * @param trustedProxies addresses of the proxies whose {@code X-Forwarded-For} is believed
 * @param sealingKeys the file with the keys that secrets in the database are sealed with, if it is
 *     not in the data folder
 */
public record Installation(
    GovernanceConfig.Operator operator, Set<String> trustedProxies, Optional<Path> sealingKeys) {
  /** What it was before, or the usual. */
  public static final Installation USUAL =
      new Installation(GovernanceConfig.Operator.AS_BEFORE, Set.of(), Optional.empty());

  private static final int MOST_PROXIES = 100;

  public Installation {
    trustedProxies = Set.copyOf(trustedProxies);
    InvalidInput.unless(
        trustedProxies.size() <= MOST_PROXIES,
        "--trusted-proxies",
        trustedProxies.size() + " addresses",
        "must be at most " + MOST_PROXIES);
    for (String proxy : trustedProxies) {
      InvalidInput.unless(
          ListenerConfig.isAddress(proxy),
          "--trusted-proxies",
          proxy,
          "must be an IP address, such as 10.0.0.7 or fd00::7; names and ranges are not taken");
    }
    sealingKeys = sealingKeys.map(Path::toAbsolutePath);
    sealingKeys.ifPresent(
        file ->
            InvalidInput.unless(
                Files.isRegularFile(file),
                "--sealing-keys",
                file,
                "must be an existing file; without the option one is made in the data folder"));
  }

  /** The options by which a process is told the same. */
  List<String> options() {
    List<String> options = new ArrayList<>();
    switch (operator) {
      case OWNER -> options.add("--operator=owner");
      case APART -> options.add("--operator=apart");
      case AS_BEFORE -> {}
    }
    if (!trustedProxies.isEmpty()) {
      options.add("--trusted-proxies=" + String.join(",", new TreeSet<>(trustedProxies)));
    }
    sealingKeys.ifPresent(file -> options.add("--sealing-keys=" + file));
    return options;
  }
}

package io.tollgate.app;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the tests find the script and the shared data. */
final class Repository {
  private Repository() {}

  /** The folder of the script {@code ./tollgate}. */
  static Path root() {
    for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
      if (Files.isExecutable(folder.resolve("tollgate"))) {
        return folder;
      }
    }
    return fail("the tests do not run inside the repository");
  }

  /** A file of the shared data; without it the test is skipped, in CI it fails. */
  static Path shared(String name) {
    Path file = root().resolve("../shared/data").resolve(name).normalize();
    if (!Files.exists(file)) {
      String reason = file + " is not there";
      if ("true".equals(System.getenv("CI"))) {
        fail(reason);
      }
      abort(reason);
    }
    return file;
  }
}

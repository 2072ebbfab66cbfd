package io.tollgate.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.avro.DeltaEntry;
import java.io.File;
import java.math.BigDecimal;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

class TrustedRecordsTest {
  /** Its default of a list of records makes Avro look at the class of those. */
  @SuppressWarnings("unused") // loaded by name, where nothing of Avro or of ours has run yet
  public static final class BuildsFirst implements Callable<String> {
    @Override
    public String call() {
      return DeltaEntry.newBuilder()
          .setWorkspaceId("ws")
          .setApiKeyId("k")
          .setQuarterHour(0)
          .setRequests(1)
          .setUnits(Map.of())
          .setCost(new BigDecimal("0.000000000000"))
          .build()
          .getSeconds()
          .toString();
    }
  }

  @Test
  void aRecordCanBeTheFirstThingThatIsBuilt() throws Exception {
    try (URLClassLoader fresh =
        new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader())) {
      Class<?> type = fresh.loadClass(BuildsFirst.class.getName());
      assertThat(type).isNotSameAs(BuildsFirst.class);
      Callable<?> builds = (Callable<?>) type.getConstructor().newInstance();
      assertThat(builds.call()).isEqualTo("[]");
    }
  }

  private static URL[] classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(Path::of)
        .map(TrustedRecordsTest::url)
        .toArray(URL[]::new);
  }

  private static URL url(Path entry) {
    try {
      return entry.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new AssertionError(entry + " is no URL", e);
    }
  }
}

package io.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.app.LauncherFolder.Run;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code ./tollgate test} reports about a Maven run. */
class LauncherTestCommandTest {
  private static final String PROGRESS =
      """
      echo '[main] [INFO] Building Tollgate schemas 0.1.0 [2/3]'
      echo '[main] [INFO] Tests run: 2, Failures: 0, Errors: 0, Skipped: 1, Time elapsed: 61.25 s -- in io.tollgate.schemas.SlowIT'
      echo '[main] [WARNING] Tests run: 2, Failures: 0, Errors: 0, Skipped: 1'
      echo '[main] [INFO] --- maven-failsafe-plugin:3.5.4:verify (default) @ tollgate-schemas ---'
      echo '[main] [INFO] Building Tollgate app 0.1.0 [3/3]'
      echo '[main] [INFO] Tests run: 1, Failures: 0, Errors: 0, Skipped: 0'
      """;

  @TempDir private Path temporary;
  private LauncherFolder folder;

  @BeforeEach
  void layOut() throws IOException {
    folder = new LauncherFolder(temporary);
  }

  private static String report(String module, String... cases) {
    return """
    mkdir -p %1$s/target/surefire-reports
    cat > %1$s/target/surefire-reports/TEST-io.tollgate.XTest.xml <<'XML'
    <testsuite>
    %2$s
    </testsuite>
    XML
    """
        .formatted(module, String.join("\n", cases));
  }

  @Test
  void namesSkippedTestsWithTheirReasonAndEndsWithThePlainTotals() throws Exception {
    folder.maven(
        PROGRESS
            + report(
                "schemas",
                "<testcase name=\"adds\" classname=\"io.tollgate.XTest\" time=\"0.1\"/>",
                "<testcase name=\"reads\" classname=\"io.tollgate.XTest\" time=\"0.1\">",
                "<skipped message=\"no ../shared/data &quot;here&quot;\"/>",
                "</testcase>")
            + report("app", "<testcase name=\"runs\" classname=\"io.tollgate.YTest\"/>"));
    Run run = folder.run("test");
    assertThat(run.status()).isZero();
    assertThat(run.out())
        .containsPattern(
            "\\[2/3] schemas\n +SlowIT: 2 run \\(61 s\\)\n +schemas +1 passed, 0 failed, 1 skipped")
        .containsPattern("\\[3/3] app\n +app +1 passed, 0 failed, 0 skipped")
        .contains("io.tollgate.XTest.reads: no ../shared/data \"here\"")
        .contains("\n2 passed, 0 failed, 1 skipped\n");
  }

  @Test
  void aFailureIsNamedAndTheStatusIsNotZero() throws Exception {
    folder.maven(
        report(
                "app",
                "<testcase name=\"runs\" classname=\"io.tollgate.YTest\" time=\"0.1\">",
                "<failure message=\"expected: 1&#10;but was: &quot;2&quot;\" type=\"x\">at ...",
                "</failure>",
                "<system-out><![CDATA[07:00:00.000 INFO  [main] Y: begins",
                "07:00:00.001 WARN  [main] Y: there is no 1",
                "]]></system-out></testcase>")
            + "echo '[main] [ERROR] YTest.runs:7 expected: 1'; exit 1");
    Run run = folder.run("test");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out())
        .contains("[ERROR] YTest.runs:7 expected: 1")
        .contains("io.tollgate.YTest.runs: expected: 1\n    but was: \"2\"\n    after 0.1 s\n")
        .contains("\n    logged: 07:00:00.001 WARN  [main] Y: there is no 1\n")
        .doesNotContain("begins")
        .contains("\n0 passed, 1 failed, 0 skipped\n");
  }

  @Test
  void aBuildThatBreaksIsAFailureEvenIfEveryTestPassed() throws Exception {
    folder.maven(
        report("app", "<testcase name=\"runs\" classname=\"io.tollgate.YTest\"/>")
            + "echo '[main] [ERROR] The forked VM terminated'; exit 1");
    Run run = folder.run("test");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out()).contains("forked VM").contains("\n1 passed, 0 failed, 0 skipped\n");
  }

  @Test
  void noTestAtAllIsAFailure() throws Exception {
    folder.maven("");
    Run run = folder.run("test", "--fast");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out()).contains("0 passed, 0 failed, 0 skipped");
    assertThat(run.err()).contains("No test ran.");
  }
}

package io.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class TollgateTest {
  @TempDir private Path folder;

  private record Result(int status, String out, String err) {}

  private static Result run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine tollgate = Tollgate.commandLine();
    tollgate.setOut(new PrintWriter(out));
    tollgate.setErr(new PrintWriter(err));
    int status = tollgate.execute(args);
    return new Result(status, out.toString(), err.toString());
  }

  private static Stream<String> commands() {
    return Tollgate.commandLine().getSubcommands().entrySet().stream()
        .filter(command -> !command.getValue().getCommandSpec().usageMessage().hidden())
        .map(Map.Entry::getKey);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--frobnicate | Unknown option: '--frobnicate'",
        "frobnicate | Unknown command: frobnicate",
        "generate --out x --frob | --frob",
        "generate | Missing required option: '--out=FILE'",
        "generate --out x --events many | Invalid value for option '--events'",
      })
  void wrongCommandLinesGetOneLineAndStatus2(String line, String message) {
    Result result = run(line.split(" "));

    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err().lines())
        .singleElement()
        .asString()
        .startsWith("tollgate: ")
        .contains(message);
    assertThat(result.out()).isEmpty();
  }

  @Test
  void noCommandAtAllGetsOneLine() {
    Result result = run();

    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err().lines()).hasSize(1);
  }

  @Test
  void helpNamesEveryCommandAndStatus() {
    Result result = run("--help");

    assertThat(result.status()).isZero();
    assertThat(result.out()).contains("Exit status:").contains("130");
    assertThat(commands())
        .allSatisfy(name -> assertThat(result.out()).containsPattern("(?m)^  " + name));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandExplainsItself(String name) {
    Result result = run(name, "--help");

    assertThat(result.status()).isZero();
    assertThat(result.out()).contains("./tollgate " + name);
    assertThat(result.out().lines()).allMatch(line -> line.length() <= 80);
  }

  @Test
  void generateWritesAFileAndSaysSo() {
    Path file = folder.resolve("trace.csv");
    Result result = run("generate", "--events", "100", "--seed", "1", "--out", file.toString());

    assertThat(result.err()).isEmpty();
    assertThat(result.status()).isZero();
    assertThat(file).content().hasLineCount(101);
  }

  @Test
  void generateIntoNowhereIsTheCallersFault() {
    Result result = run("generate", "--out", folder.resolve("missing/trace.csv").toString());

    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).contains("--out").contains("existing folder");
  }
}

package io.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class TollgateTest {
  @TempDir private Path folder;

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
    Ran result = Ran.command(line.split(" "));

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
    Ran result = Ran.command();

    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err().lines()).hasSize(1);
  }

  @Test
  void helpNamesEveryCommandAndStatus() {
    Ran result = Ran.command("--help");

    assertThat(result.status()).isZero();
    assertThat(result.out()).contains("Exit status:").contains("130");
    assertThat(commands())
        .allSatisfy(name -> assertThat(result.out()).containsPattern("(?m)^  " + name));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandExplainsItself(String name) {
    Ran result = Ran.command(name, "--help");

    assertThat(result.status()).isZero();
    assertThat(result.out()).contains("./tollgate " + name);
    assertThat(result.out().lines()).allMatch(line -> line.length() <= 80);
  }

  @Test
  void helpIsUnderstoodAsAWordToo() {
    assertThat(Tollgate.helpAsOption("help")).containsExactly("--help");
    assertThat(Tollgate.helpAsOption("help", "up")).containsExactly("up", "--help");
    assertThat(Tollgate.helpAsOption("up")).containsExactly("up");
    assertThat(Tollgate.helpAsOption()).isEmpty();
  }

  @Test
  void generateWritesAFileAndSaysSo() {
    Path file = folder.resolve("trace.csv");
    Ran result =
        Ran.command("generate", "--events", "100", "--seed", "1", "--out", file.toString());

    assertThat(result.err()).isEmpty();
    assertThat(result.status()).isZero();
    assertThat(file).content().hasLineCount(101);
  }

  @Test
  void generateIntoNowhereIsTheCallersFault() {
    Ran result = Ran.command("generate", "--out", folder.resolve("missing/trace.csv").toString());

    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).contains("--out").contains("existing folder");
  }

  @Test
  void importPricesWritesBodiesAndSaysWhatWasLeftOut() throws IOException {
    Path prices = folder.resolve("prices.json");
    Files.writeString(
        prices,
        """
        {"m": {"litellm_provider": "p", "input_cost_per_token": 1.5e-07,
               "output_cost_per_token": 1.23456789e-07}}
        """);
    Path out = folder.resolve("bodies.json");
    Ran result =
        Ran.command(
            "import-prices",
            prices.toString(),
            "--out",
            out.toString(),
            "--effective-from",
            "2026-01-01T00:00:00Z");

    assertThat(result.err()).isEmpty();
    assertThat(result.status()).isZero();
    assertThat(result.out()).contains("p/m: output_cost_per_token = 1.23456789e-07", "1 rates");
    assertThat(out).content().contains("0.150000").doesNotContain("output\" : \"0.123");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "import-prices | --out",
        "import-prices --out x.json | --effective-from",
        "import-prices --out x.json --effective-from 2026-01-01T00:00:00Z --book b | --book",
        "import-prices --publish --format litellm | --format",
        "import-prices --publish --book a/b --data /nowhere | must match",
      })
  void importPricesRefusesWhatItCannotDo(String line, String message) {
    Ran result = Ran.command(line.split(" "));

    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).contains(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--operator king | --operator",
        "--trusted-proxies 10.0.0.1,proxy.example | --trusted-proxies",
        "--trusted-proxies 10.0.0.0/8 | names and ranges are not taken",
        "--sealing-keys /nowhere/sealing.key | --sealing-keys",
      })
  void upRefusesAnInstallationThatCannotBe(String options, String message) {
    for (String command : List.of("up", "serve")) {
      Ran result =
          Ran.command((command + " --data " + folder.resolve("none") + " " + options).split(" "));

      assertThat(result.status()).isEqualTo(2);
      assertThat(result.err()).contains(message);
      assertThat(folder.resolve("none")).doesNotExist();
    }
  }

  @Test
  void importPricesTakesTheOwnListWithoutAFile() throws IOException {
    Path out = folder.resolve("own.json");
    Ran result =
        Ran.command(
            "import-prices", "--out", out.toString(), "--effective-from", "2026-01-01T00:00:00Z");

    assertThat(result.err()).isEmpty();
    assertThat(result.status()).isZero();
    assertThat(out).content().contains("claude-sonnet-5", "priority", "\"reasoning\" : \"output\"");
  }
}

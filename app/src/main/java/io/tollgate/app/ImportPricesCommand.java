package io.tollgate.app;

import io.tollgate.app.prices.GenaiPrices;
import io.tollgate.app.prices.ImportedPrices;
import io.tollgate.app.prices.LiteLlmPrices;
import io.tollgate.app.prices.PriceBodies;
import io.tollgate.schemas.InvalidInput;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.zip.GZIPInputStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Turns a price file of another project into price versions, without publishing them. */
@Command(
    name = "import-prices",
    description = {
      "Turns a price file of another project into price versions.",
      "",
      "Writes a JSON array with one body per version for POST"
          + " /v1/platform/price_books/{id}/versions, and says line by line what could not be taken"
          + " over as it stands in the file. Nothing is rounded, and nothing is published.",
      ""
    })
final class ImportPricesCommand implements Callable<Integer> {
  /** Which project's file it is. */
  enum Format {
    LITELLM,
    GENAI_PRICES
  }

  @Spec private CommandSpec spec;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      required = true,
      description =
          "litellm: model_prices_and_context_window.json. genai_prices: data.json of genai-prices,"
              + " version 2.")
  private Format format;

  @Option(
      names = "--file",
      paramLabel = "FILE",
      required = true,
      description = "The file to read; gzip if its name ends in .gz.")
  private Path file;

  @Option(names = "--out", paramLabel = "FILE", required = true, description = "The file to write.")
  private Path out;

  @Option(
      names = "--effective-from",
      paramLabel = "INSTANT",
      required = true,
      description =
          "First event time that the first version prices, such as 2026-01-01T00:00:00Z. Later"
              + " dates in the file make further versions.")
  private Instant effectiveFrom;

  @Override
  public Integer call() throws IOException {
    Path folder = out.toAbsolutePath().getParent();
    InvalidInput.unless(
        folder != null && Files.isDirectory(folder), "--out", out, "must be in an existing folder");
    InvalidInput.unless(!Files.isDirectory(out), "--out", out, "must be a file, not a folder");
    ImportedPrices prices;
    try (InputStream in = open()) {
      prices =
          switch (format) {
            case LITELLM -> LiteLlmPrices.read(in, effectiveFrom);
            case GENAI_PRICES -> GenaiPrices.read(in, effectiveFrom);
          };
    }
    Files.writeString(out, PriceBodies.of(prices).toPrettyString() + "\n", StandardCharsets.UTF_8);
    PrintWriter said = spec.commandLine().getOut();
    prices.notImported().forEach(said::println);
    prices
        .versions()
        .forEach(
            version ->
                said.printf(
                    "%s: from %s, %,d rates and %,d aliases%n",
                    out,
                    version.effectiveFrom(),
                    version.draft().rates().size(),
                    version.draft().aliases().size()));
    said.printf(
        "%,d things were not taken over as they stand there.%n", prices.notImported().size());
    return ExitCode.OK;
  }

  private InputStream open() throws IOException {
    InputStream in = new BufferedInputStream(Files.newInputStream(file));
    try {
      return file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in;
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }
}

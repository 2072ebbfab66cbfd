package io.tollgate.app;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.app.api.TollgateClient;
import io.tollgate.app.prices.GenaiPrices;
import io.tollgate.app.prices.ImportedPrices;
import io.tollgate.app.prices.LiteLlmPrices;
import io.tollgate.app.prices.OwnPrices;
import io.tollgate.app.prices.PriceBodies;
import io.tollgate.app.workload.PriceList;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.PriceBookId;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Turns a price file into price versions, to look at or to publish. */
@Command(
    name = "import-prices",
    description = {
      "Turns a price file of another project into price versions.",
      "",
      "With --out writes a JSON array with one body per version for POST"
          + " /v1/platform/price_books/{id}/versions; with --publish publishes them to the running"
          + " stack. Says line by line what could not be taken over as it stands in the file."
          + " Nothing is rounded.",
      ""
    })
final class ImportPricesCommand implements Callable<Integer> {
  /** Which project's file it is, and the book that its prices are kept in. */
  enum Format {
    LITELLM("litellm"),
    GENAI_PRICES("genai-prices");

    private final String book;

    Format(String book) {
      this.book = book;
    }
  }

  @Spec private CommandSpec spec;
  @Mixin private Connection connection;

  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      description =
          "The file to read; gzip if its name ends in .gz. Without it the list that ships"
              + " with Tollgate.")
  private @Nullable Path file;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "litellm: model_prices_and_context_window.json. genai_prices: data.json of genai-prices,"
              + " version 2 (default: told by the file's form).")
  private @Nullable Format format;

  @Option(names = "--out", paramLabel = "FILE", description = "The file to write.")
  private @Nullable Path out;

  @Option(names = "--publish", description = "Publish the versions to the running stack.")
  private boolean publish;

  @Option(
      names = "--book",
      paramLabel = "ID",
      description =
          "The base price book to publish to; made where it is missing (default: litellm,"
              + " genai-prices, or main-models for the own list).")
  private @Nullable String book;

  @Option(
      names = "--effective-from",
      paramLabel = "INSTANT",
      description =
          "First event time that the first version prices, such as 2026-01-01T00:00:00Z. Later"
              + " dates in the file make further versions. Needed without --publish; with it, left"
              + " out, prices begin now in a new book, and after the lead time in another.")
  private @Nullable Instant effectiveFrom;

  @Override
  public Integer call() throws IOException {
    InvalidInput.unless(
        publish || out != null, "--out", "", "is needed, or --publish, to do something with it");
    InvalidInput.unless(
        publish || effectiveFrom != null, "--effective-from", "", "is needed without --publish");
    InvalidInput.unless(
        publish || book == null, "--book", String.valueOf(book), "is for --publish");
    checkOut();
    Optional<Source> source = source();
    if (!publish) {
      take(source, effectiveFrom == null ? Instant.EPOCH : effectiveFrom);
      return ExitCode.OK;
    }
    String into = book == null ? source.map(Source::book).orElse(PriceList.bundled().id()) : book;
    new PriceBookId(into);
    try (TollgateClient client = connection.client()) {
      PriceUpload upload = PriceUpload.to(client, into, InstantSource.system());
      ImportedPrices prices =
          take(source, effectiveFrom == null ? upload.usualStart() : effectiveFrom);
      upload.publish(prices, this::say);
    }
    return ExitCode.OK;
  }

  private void checkOut() {
    if (out != null) {
      Path folder = out.toAbsolutePath().getParent();
      InvalidInput.unless(
          folder != null && Files.isDirectory(folder),
          "--out",
          out,
          "must be in an existing folder");
      InvalidInput.unless(!Files.isDirectory(out), "--out", out, "must be a file, not a folder");
    }
  }

  private record Source(Path file, Format format) {
    String book() {
      return format.book;
    }
  }

  /** Empty for the list that ships with the product. */
  private Optional<Source> source() throws IOException {
    if (file == null) {
      InvalidInput.unless(format == null, "--format", String.valueOf(format), "is for a FILE");
      return Optional.empty();
    }
    return Optional.of(new Source(file, format == null ? formOf(file) : format));
  }

  /** LiteLLM's file is an object with a model per field, genai-prices' an array of providers. */
  private static Format formOf(Path file) throws IOException {
    try (InputStream in = open(file)) {
      int first = in.read();
      while (Character.isWhitespace(first)) {
        first = in.read();
      }
      InvalidInput.unless(
          first == '{' || first == '[', "FILE", file, "is neither a JSON object nor an array");
      return first == '{' ? Format.LITELLM : Format.GENAI_PRICES;
    }
  }

  private ImportedPrices take(Optional<Source> source, Instant from) throws IOException {
    ImportedPrices prices =
        source.isPresent() ? read(source.get(), from) : OwnPrices.of(PriceList.bundled(), from);
    PrintWriter said = spec.commandLine().getOut();
    prices.notImported().forEach(said::println);
    if (out != null) {
      Files.writeString(
          out, PriceBodies.of(prices).toPrettyString() + "\n", StandardCharsets.UTF_8);
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
    }
    said.printf(
        "%,d things were not taken over as they stand there.%n", prices.notImported().size());
    said.flush();
    return prices;
  }

  private static ImportedPrices read(Source source, Instant from) throws IOException {
    try (InputStream in = open(source.file())) {
      return switch (source.format()) {
        case LITELLM -> LiteLlmPrices.read(in, from);
        case GENAI_PRICES -> GenaiPrices.read(in, from);
      };
    }
  }

  private void say(JsonNode version) {
    PrintWriter said = spec.commandLine().getOut();
    said.printf(
        "Published %s: prices events from %s on, %,d rates and %,d aliases, digest %.12s%n",
        version.path("id").asText(),
        version.path("effective_from").asText(),
        version.path("rates").asInt(),
        version.path("aliases").asInt(),
        version.path("digest").asText());
    said.flush();
  }

  private static InputStream open(Path file) throws IOException {
    InputStream in = new BufferedInputStream(Files.newInputStream(file));
    try {
      return file.toString().endsWith(".gz")
          ? new BufferedInputStream(new GZIPInputStream(in))
          : in;
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }
}

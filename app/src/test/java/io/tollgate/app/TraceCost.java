package io.tollgate.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;

/**
 * What a replayed trace must cost, computed from the files alone: the trace, the price list and the
 * tenants as data, the published rule of assignment, whole-number arithmetic in millionths of a
 * millionth. Shares no code with the product.
 */
final class TraceCost {
  private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);

  private final JsonNode tenants = resource("tenants.json");
  private final JsonNode prices = resource("prices.json");
  private final List<JsonNode> keys = new ArrayList<>();
  private final List<JsonNode> workspaces = new ArrayList<>();
  private final List<String> organizations = new ArrayList<>();

  /** By {@code organization/workspace/model}: requests, tokens in, tokens out, picodollars. */
  final Map<String, BigInteger[]> groups = new TreeMap<>();

  final BigInteger[] total = zeros();

  TraceCost(Path trace, long seed) throws IOException {
    for (JsonNode organization : tenants.get("organizations")) {
      for (JsonNode workspace : organization.get("workspaces")) {
        for (JsonNode key : workspace.get("keys")) {
          keys.add(key);
          workspaces.add(workspace);
          organizations.add(organization.get("id").asText());
        }
      }
    }
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(trace)), StandardCharsets.US_ASCII))) {
      reader.readLine();
      int number = 1;
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        number++;
        String[] columns = line.split(",", -1);
        add(seed, number, new BigInteger(columns[1]), new BigInteger(columns[2]));
      }
    }
  }

  private void add(long seed, int number, BigInteger context, BigInteger generated) {
    byte[] rule = sha256("tollgate-replay/" + seed + "/" + number);
    int key = draw(new BigInteger(1, Arrays.copyOfRange(rule, 0, 8)), keys);
    List<JsonNode> models = new ArrayList<>();
    tenants.get("mixes").get(workspaces.get(key).get("mix").asText()).forEach(models::add);
    String model =
        models
            .get(draw(new BigInteger(1, Arrays.copyOfRange(rule, 8, 16)), models))
            .get("model")
            .asText();
    JsonNode rates = rates(model, context);
    BigInteger cost =
        micro(rates.get("input"))
            .multiply(context)
            .add(micro(rates.get("output")).multiply(generated));
    String group =
        organizations.get(key) + "/" + workspaces.get(key).get("id").asText() + "/" + model;
    BigInteger[] added = {BigInteger.ONE, context, generated, cost};
    add(groups.computeIfAbsent(group, none -> zeros()), added);
    add(total, added);
  }

  private JsonNode rates(String model, BigInteger context) {
    for (JsonNode price : prices.get("models")) {
      if (price.get("model").asText().equals(model)) {
        boolean above =
            price.has("above")
                && context.compareTo(BigInteger.valueOf(price.get("above").get("tokens").asLong()))
                    > 0;
        return above ? price.get("above").get("rates") : price.get("rates");
      }
    }
    throw new IllegalStateException(model);
  }

  /** Picodollars per token: the decimal text without its point, padded to six places. */
  private static BigInteger micro(JsonNode rate) {
    String[] parts = rate.asText().split("\\.", -1);
    String fraction = parts.length == 2 ? parts[1] : "";
    return new BigInteger(parts[0])
        .multiply(MILLION)
        .add(new BigInteger((fraction + "000000").substring(0, 6)));
  }

  private static int draw(BigInteger number, List<JsonNode> things) {
    long sum = things.stream().mapToLong(thing -> thing.get("weight").asLong()).sum();
    long left = number.mod(BigInteger.valueOf(sum)).longValueExact();
    for (int i = 0; ; i++) {
      left -= things.get(i).get("weight").asLong();
      if (left < 0) {
        return i;
      }
    }
  }

  static BigDecimal dollars(BigInteger picodollars) {
    return new BigDecimal(picodollars, 12);
  }

  private static BigInteger[] zeros() {
    return new BigInteger[] {BigInteger.ZERO, BigInteger.ZERO, BigInteger.ZERO, BigInteger.ZERO};
  }

  private static void add(BigInteger[] sums, BigInteger[] added) {
    Arrays.setAll(sums, i -> sums[i].add(added[i]));
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static JsonNode resource(String name) {
    try (var in = TraceCost.class.getResourceAsStream("workload/" + name)) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}

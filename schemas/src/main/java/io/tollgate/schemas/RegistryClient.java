package io.tollgate.schemas;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.avro.Schema;
import org.apache.avro.SchemaParseException;
import org.jspecify.annotations.Nullable;

/**
 * A client for the REST API that Confluent documents for its Schema Registry; Apicurio's server
 * speaks it under {@code /apis/ccompat/v7}. Thread-safe. Ids and schemas are cached without bound
 * on purpose: a service has as many as it has schema versions. A request is tried {@link #TRIES}
 * times on connection errors, 429 and 5xx, with doubling pauses.
 */
public final class RegistryClient implements SchemaIds {
  static final int TRIES = 5;
  private static final String CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";
  private static final int UNKNOWN_SCHEMA = 40403;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final RegistrySettings settings;
  private final HttpClient http;
  private final Map<SubjectSchema, Integer> idsBySchema = new ConcurrentHashMap<>();
  private final Map<Integer, Schema> schemasById = new ConcurrentHashMap<>();

  public RegistryClient(RegistrySettings settings) {
    this.settings = settings;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(settings.timeout())
            .build();
  }

  @Override
  public int idOf(String subject, Schema schema) {
    SubjectSchema key = new SubjectSchema(subject, schema);
    Integer known = idsBySchema.get(key);
    if (known != null) {
      return known;
    }
    Answer answer = call("POST", "/subjects/" + encode(subject) + "/versions", schemaBody(schema));
    if (answer.status == 409) {
      throw new IncompatibleSchema(
          "the registry refuses the schema of " + subject + ": " + answer.message());
    }
    int id = answer.ok("register the schema of " + subject).path("id").asInt(-1);
    if (id < 0) {
      throw new RegistryUnavailable("the registry answered a registration without an id");
    }
    idsBySchema.put(key, id);
    schemasById.put(id, schema);
    return id;
  }

  @Override
  public Schema schemaOf(int id) {
    Schema known = schemasById.get(id);
    if (known != null) {
      return known;
    }
    Answer answer = call("GET", "/schemas/ids/" + id, null);
    if (answer.status == 404) {
      throw new MalformedRecord(
          "schema id " + id + " is not in the registry (" + UNKNOWN_SCHEMA + ")");
    }
    String text = answer.ok("fetch schema " + id).path("schema").asText("");
    try {
      Schema schema = new Schema.Parser().parse(text);
      schemasById.put(id, schema);
      return schema;
    } catch (SchemaParseException e) {
      throw new MalformedRecord("schema id " + id + " is not an Avro schema", e);
    }
  }

  /**
   * Whether the registry would take the schema as the subject's next version; true for a subject it
   * does not know.
   */
  public boolean isCompatible(String subject, Schema schema) {
    Answer answer =
        call(
            "POST",
            "/compatibility/subjects/" + encode(subject) + "/versions/latest",
            schemaBody(schema));
    if (answer.status == 404) {
      return true;
    }
    return answer.ok("check the schema of " + subject).path("is_compatible").asBoolean(false);
  }

  /** Sets a subject's compatibility level, such as {@code BACKWARD_TRANSITIVE}. */
  public void setCompatibility(String subject, String level) {
    call(
            "PUT",
            "/config/" + encode(subject),
            JSON.createObjectNode().put("compatibility", level).toString())
        .ok("set the compatibility of " + subject);
  }

  /** The schema of a subject's newest version. */
  public Schema latest(String subject) {
    JsonNode body =
        call("GET", "/subjects/" + encode(subject) + "/versions/latest", null)
            .ok("fetch " + subject);
    return new Schema.Parser().parse(body.path("schema").asText(""));
  }

  private Answer call(String method, String path, @Nullable String body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(settings.url() + path))
            .timeout(settings.timeout())
            .header("Accept", CONTENT_TYPE + ", application/json");
    settings.credentials().ifPresent(c -> request.header("Authorization", "Basic " + basic(c)));
    if (body == null) {
      request.method(method, HttpRequest.BodyPublishers.noBody());
    } else {
      request
          .header("Content-Type", CONTENT_TYPE)
          .method(method, HttpRequest.BodyPublishers.ofString(body));
    }
    return send(request.build());
  }

  private Answer send(HttpRequest request) {
    String last = "";
    for (int attempt = 1; attempt <= TRIES; attempt++) {
      try {
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 429 && response.statusCode() < 500) {
          return new Answer(response.statusCode(), response.body());
        }
        last = "status " + response.statusCode();
      } catch (IOException e) {
        last = e.toString();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new RegistryUnavailable("interrupted while asking the schema registry", e);
      }
      pause(attempt);
    }
    throw new RegistryUnavailable(
        "the schema registry at %s did not answer %d tries: %s"
            .formatted(settings.url(), TRIES, last));
  }

  private void pause(int attempt) {
    if (attempt == TRIES) {
      return;
    }
    try {
      TimeUnit.MILLISECONDS.sleep(settings.firstPause().toMillis() << (attempt - 1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RegistryUnavailable("interrupted while waiting for the schema registry", e);
    }
  }

  private static String schemaBody(Schema schema) {
    return JSON.createObjectNode().put("schema", schema.toString()).toString();
  }

  private static String encode(String subject) {
    return URLEncoder.encode(subject, StandardCharsets.UTF_8);
  }

  private static String basic(RegistrySettings.Credentials credentials) {
    String pair = credentials.user() + ":" + credentials.password();
    return Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  private record SubjectSchema(String subject, Schema schema) {}

  private record Answer(int status, String body) {
    JsonNode ok(String what) {
      if (status / 100 != 2) {
        throw new RegistryUnavailable(
            "could not %s: status %d, %s".formatted(what, status, message()));
      }
      try {
        return JSON.readTree(body);
      } catch (JsonProcessingException e) {
        throw new RegistryUnavailable("could not " + what + ": the answer is not JSON", e);
      }
    }

    String message() {
      return InvalidInput.shown(body);
    }
  }

  /** Settings with time-outs that suit a registry nearby. */
  public static RegistryClient at(URI url) {
    return new RegistryClient(RegistrySettings.at(url));
  }

  /** How the client is reached: for messages. */
  @Override
  public String toString() {
    return "schema registry at " + settings.url();
  }
}
